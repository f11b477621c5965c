// Down: the planning of the next days becomes presence sheets, each right behind the people it needs.
import { createHash } from 'node:crypto';
import { addDays, localDay } from './vendors.mjs';
import { journalled, pool } from './store.mjs';

const sum = (x) => createHash('sha256').update(JSON.stringify(x)).digest('base64');
const omitEmpty = (x) => Object.fromEntries(Object.entries(x).filter(([, v]) => v !== ''));
const same = (a, b) => (a ?? '').trim().toLowerCase() === (b ?? '').trim().toLowerCase();

const address = {
  pro: (l) => l.pro,
  normal: (l) => l.normal,
  'pro, else normal': (l) => l.pro || l.normal,
  'normal, else pro': (l) => l.normal || l.pro,
};

async function snapshot(school, now) {
  const { ypareo, zone } = school;
  const first = localDay(zone, now);
  const last = addDays(first, school.daysAhead);
  const periods = await ypareo.periods(first, last);
  const [groups, rooms] = await Promise.all([ypareo.groups(periods, first, last), ypareo.rooms()]);
  const all = await ypareo.planning(zone, first, last, groups);
  const sessions = all.filter((s) => s.validated && s.end > now && s.end > s.start);
  const learners = await ypareo.learners(periods, first, last, new Set(sessions.flatMap((s) => s.learners)));
  const instructors = await ypareo.instructors(new Set(sessions.flatMap((s) => s.instructors)));
  await ypareo.companies(periods, first, learners);
  return { first, last, groups, rooms, sessions, learners, instructors };
}

/** A store that is new is filled by reading: nothing that is there is made twice. */
async function adopt(school, store, snap) {
  if (store.get(['meta', 'verified'])) return;
  const records = [];
  const ours = (a) => a.API_TYPE === 'ypareo' && /^\d+$/.test(a.API_ID ?? '');
  for (const [kind, people] of [
    ['student', await school.edusign.students()],
    ['professor', await school.edusign.professors()],
  ])
    for (const a of people.filter(ours)) records.push([[kind, +a.API_ID], { id: a.ID, there: a }]);
  for (const c of (await school.edusign.sheets(snap.first, snap.last)).filter(ours))
    records.push([['sheet', +c.API_ID], { id: c.ID, there: c }]);
  await store.put(records);
}

/** Is what was found there already as it is wanted? */
const holds = (there, wish) => there && Object.entries(wish).every(([k, v]) => String(there[k] ?? '') === String(v));
const holdsSheet = (there, { STUDENTS, START, END, NEED_STUDENTS_SIGNATURE: _, ...rest }) =>
  holds(there, rest) &&
  Date.parse(there.START) === Date.parse(START) &&
  Date.parse(there.END) === Date.parse(END) &&
  sum(there.STUDENTS.map((r) => r.studentId).sort()) === sum(STUDENTS.map((r) => r.studentId).sort());

function person(school, kind, p) {
  const learner = kind === 'student';
  return {
    ...omitEmpty({
      FIRSTNAME: p.first,
      LASTNAME: p.last,
      EMAIL: learner ? address[school.email](p) : p.email,
      PHONE: p.phone ?? '',
      TRAINING_NAME: p.training ?? '',
      COMPANY: p.company ?? '',
    }),
    API_ID: String(p.code),
    API_TYPE: 'ypareo',
  };
}

/** The id of a person's account, made when it is first needed. NULL: a mandatory field is missing. */
function ensure(school, store, snap, stats, kind, code) {
  const promises = school.people[kind];
  if (!promises.has(code)) promises.set(code, make());
  return promises.get(code);

  async function make() {
    const known = store.get([kind, code]);
    const p = (kind === 'student' ? snap.learners : snap.instructors).get(code);
    const wish = p && person(school, kind, p);
    const print = wish && sum(wish);
    if (known && (!wish || known.print === print)) return known.id;
    if (!wish?.EMAIL || !wish.FIRSTNAME || !wish.LASTNAME) return known?.id ?? null;
    if (holds(known?.there, wish)) {
      await store.put([[[kind, code], { id: known.id, print }]]);
      return known.id;
    }
    if (known) {
      await journalled(
        store,
        `${kind} ${code}`,
        () => school.edusign.lane.write('PATCH', `/${kind}`, { [kind]: { ID: known.id, ...wish } }),
        () => [[[kind, code], { id: known.id, print }]],
      );
      return known.id;
    }
    const there = await school.edusign.byEmail(kind, wish.EMAIL);
    if (there && same(there.FIRSTNAME, wish.FIRSTNAME) && same(there.LASTNAME, wish.LASTNAME)) {
      await store.put([[[kind, code], { id: there.ID, print }]]);
      return there.ID;
    }
    if (there) return null;
    const body =
      kind === 'student' ? { student: { ...wish, SEND_EMAIL_CREDENTIALS: false } } : { professor: wish, dontSendCredentials: true };
    stats.people++;
    return journalled(
      store,
      `${kind} ${code}`,
      () => school.edusign.create(`/${kind}`, body),
      (id) => [[[kind, code], { id, print }]],
    );
  }
}

async function sheet(school, store, snap, stats, s) {
  const learners = (await Promise.all(s.learners.map((c) => ensure(school, store, snap, stats, 'student', c)))).filter(Boolean);
  const instructors = (await Promise.all(s.instructors.map((c) => ensure(school, store, snap, stats, 'professor', c)))).filter(Boolean);
  if (!learners.length || !instructors.length) return;
  const room = s.rooms.map((r) => snap.rooms.get(r) ?? String(r)).join(', ');
  const course = {
    NAME: s.subject || s.groups.map((g) => snap.groups.get(g)?.name).find(Boolean) || 'Séance',
    START: new Date(s.start).toISOString(),
    END: new Date(s.end).toISOString(),
    ...Object.fromEntries(instructors.map((id, i) => [i ? `PROFESSOR_${i + 1}` : 'PROFESSOR', id])),
    STUDENTS: learners.map((studentId) => ({ studentId })),
    API_ID: String(s.code),
    API_TYPE: 'ypareo',
    ...(room ? { CLASSROOM: room } : {}),
    NEED_STUDENTS_SIGNATURE: true,
  };
  const print = sum(course);
  const known = store.get(['sheet', s.code]);
  if (known?.print === print) return;
  const kept = (id) => [[['sheet', s.code], { id, print, session: s.code, learners: s.learners, instructors: s.instructors }]];
  if (holdsSheet(known?.there, course)) return store.put(kept(known.id));
  stats.sheets++;
  if (!known)
    return journalled(store, `sheet ${s.code}`, () => school.edusign.create('/course?fromStudents=true', { course }), kept);
  const now = await school.edusign.get(`/course/${known.id}`);
  if (now.LOCKED || Date.parse(now.START) <= Date.now() + school.ahead || now.STUDENTS.some((r) => r.signature)) return;
  await journalled(
    store,
    `sheet ${s.code}`,
    () => school.edusign.lane.write('PATCH', '/course?fromStudents=true', { course: { ID: known.id, ...course }, editSurveys: false }),
    () => kept(known.id),
  );
}

export async function down(school, store) {
  const stats = { sheets: 0, people: 0 };
  const now = Date.now() + school.ahead;
  school.people = { student: new Map(), professor: new Map() };
  const snap = await snapshot(school, now);
  const pinned = (await school.edusign.school()).id;
  if ((store.get(['meta', 'school']) ?? pinned) !== pinned) throw new Error('this key belongs to another school');
  await adopt(school, store, snap);
  await pool(snap.sessions, 4, (s) => sheet(school, store, snap, stats, s));
  await store.put([
    [['meta', 'school'], pinned],
    [['meta', 'verified'], true],
    [['run', now], stats],
  ]);
  return stats;
}
