// Up: what the locked sheets of the last days say becomes absences, and the instructors' attendance.
import { createHash } from 'node:crypto';
import { addDays, localDay, localMinute } from './vendors.mjs';
import { journalled, pool } from './store.mjs';

const slashes = (day) => day.split('-').reverse().join('/');
const printOf = (c) =>
  createHash('sha256')
    .update(JSON.stringify([c.LOCKED, c.STUDENTS.map((r) => [r.studentId, r.state, r.delay, r.earlyDeparture, r.excluded, r.absenceId])]))
    .digest('base64');

/** Intervals of a session that should be an absence. */
function wishes(school, s, row) {
  const { unjustified, justified, late } = school.reasons;
  const reason = row.absenceId ? justified : unjustified;
  if (row.state !== true) return [{ kind: 'whole', start: s.startMinute, end: s.endMinute, reason }];
  const out = [];
  let from = s.startMinute;
  if (row.delay > 0) {
    from = Math.min(s.endMinute, s.startMinute + Math.ceil(row.delay));
    out.push({ kind: 'late', start: s.startMinute, end: from, reason: late });
  }
  const gone = [row.earlyDeparture, row.excluded].filter(Boolean).map((t) => localMinute(school.zone, Date.parse(t)));
  if (gone.length) {
    const start = Math.max(from, Math.min(...gone));
    if (start < s.endMinute) out.push({ kind: row.excluded ? 'excluded' : 'early', start, end: s.endMinute, reason: row.excluded ? unjustified : reason });
  }
  return out;
}

/** What is left of an interval when what is there is taken away. */
function rest(day, whole, there) {
  let pieces = [whole];
  for (const a of there ?? []) {
    if (day < a.first || day > a.last) continue;
    const start = day === a.first ? a.start : 0;
    const end = day === a.last ? a.end : 1440;
    pieces = pieces.flatMap((p) =>
      end <= p.start || start >= p.end ? [p] : [{ ...p, end: start }, { ...p, start: end }].filter((q) => q.start < q.end),
    );
  }
  return pieces;
}

async function send(school, store, stats, s, learner, w, sheetId) {
  const minutes = w.end - w.start;
  stats.absences++;
  await journalled(
    store,
    `absence ${s.code} ${learner} ${w.kind} ${w.start}`,
    () =>
      school.ypareo.createAbsence({
        codeApprenant: learner,
        codeGroupe: s.groups[0] ?? null,
        dateDeb: slashes(s.day),
        dateFin: slashes(s.day),
        heureDeb: w.start,
        heureFin: w.end,
        duree: minutes,
        codeMotifAbsence: w.reason,
        isRetard: w.kind === 'late' ? 1 : 0,
        observation: `passerelle: ${school.id}/all ${s.code}`,
      }),
    (code) => [[['ledger', s.code, learner, `${w.kind} ${w.start}`], { code, ...w, sheetId }]],
  );
}

async function one(school, store, stats, s, course, byId, absences, attendance) {
  const known = store.get(['sheet', s.code]);
  const signedBy = (n) => course[n ? `PROFESSOR_SIGNATURE_${n + 1}` : 'PROFESSOR_SIGNATURE'];
  const professors = known.instructors.map((code, n) => ({ code, signed: Boolean(signedBy(n)) }));
  if (!professors.some((p) => p.signed) && !course.STUDENTS.some((r) => r.signature)) return;
  for (const row of course.STUDENTS) {
    const learner = byId.get(row.studentId);
    if (!learner || !s.learners.includes(learner) || typeof row.state !== 'boolean') continue;
    for (const w of wishes(school, s, row))
      for (const piece of rest(s.day, w, absences.get(learner))) await send(school, store, stats, s, learner, piece, course.ID);
  }
  for (const { code, signed } of professors) {
    const minutes = signed ? s.endMinute - s.startMinute : 0;
    const there = attendance.get(`${s.code}-${code}`);
    if (there && there.present === signed && there.minutes === minutes) continue;
    stats.attendance++;
    await journalled(
      store,
      `attendance ${s.code} ${code}`,
      () => school.ypareo.putAttendance({ codeSeance: s.code, codePersonnel: code, isPresent: signed ? 1 : 0, minutes, codeMotifAbsence: null }),
      () => [[['payroll', s.code, code], { signed, minutes }]],
    );
  }
}

export async function up(school, store) {
  const stats = { absences: 0, attendance: 0 };
  const today = localDay(school.zone, Date.now() + school.ahead);
  const first = addDays(today, -school.daysBack);
  await school.edusign.school();
  const locked = (await school.edusign.sheets(first, today, '&filters=locked')).filter(
    (c) => c.LOCKED && c.API_TYPE === 'ypareo' && store.get(['sheet', +c.API_ID]) && store.get(['seen', c.ID]) !== printOf(c),
  );
  if (!locked.length) return stats;
  const periods = await school.ypareo.periods(first, today);
  const groups = await school.ypareo.groups(periods, first, today);
  const sessions = new Map((await school.ypareo.planning(school.zone, first, today, groups)).map((s) => [s.code, s]));
  const byId = new Map();
  for (const { key, value } of store.all('student')) byId.set(value.id, key[1]);
  const absences = await school.ypareo.absences(addDays(first, -60), today, new Set(byId.values()));
  const attendance = await school.ypareo.attendance(first, today);
  await pool(locked, 4, async (course) => {
    const s = sessions.get(+course.API_ID);
    if (!s || s.start !== Date.parse(course.START)) return;
    await one(school, store, stats, s, course, byId, absences, attendance);
    await store.put([[['seen', course.ID], printOf(course)]]);
  });
  await store.put([[['run', Date.now()], stats]]);
  return stats;
}
