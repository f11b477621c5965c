// The two vendors' JSON, read into what the flows work with.
import { Lane, Refused, each, whole } from './http.mjs';

const list = (x) => (Array.isArray(x) ? x : Object.values(x));
const flag = (x) => x === 1 || x === true || x === '1';
const clean = (x) => (x ?? '').trim();
const dashes = (day) => day.split('-').reverse().join('-');
const toIso = (day) => (day ? (day[4] === '-' ? day : day.replaceAll('/', '-').split('-').reverse().join('-')) : '');
const optional = (promise, otherwise) =>
  promise.catch((e) => {
    if (e instanceof Refused && [401, 403, 404].includes(e.status)) return otherwise;
    throw e;
  });

// ---- school time ----

const formats = new Map();
/** Minutes east of UTC, at that instant. */
function offset(zone, ms) {
  let f = formats.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, f);
  }
  const text = f.formatToParts(ms).find((p) => p.type === 'timeZoneName').value;
  const m = /GMT([+-])(\d+):(\d+)/.exec(text);
  return m ? (m[1] === '-' ? -1 : 1) * (m[2] * 60 + +m[3]) : 0;
}
const instants = new Map();
export function utcOf(zone, day, minute) {
  const key = `${zone} ${day} ${minute}`;
  let ms = instants.get(key);
  if (ms === undefined) {
    const naive = Date.parse(day) + minute * 60_000;
    ms = naive - offset(zone, naive - offset(zone, naive) * 60_000) * 60_000;
    instants.set(key, ms);
  }
  return ms;
}
export function localDay(zone, ms) {
  return new Date(ms + offset(zone, ms) * 60_000).toISOString().slice(0, 10);
}
export const localMinute = (zone, ms) => Math.floor((ms + offset(zone, ms) * 60_000) / 60_000) % 1440;
export const addDays = (day, n) => new Date(Date.parse(day) + n * 86_400_000).toISOString().slice(0, 10);
const minuteOf = (text) => {
  const [h, m] = text.split(':');
  return h * 60 + +m;
};

// ---- Yparéo ----

export class Ypareo {
  constructor(url, token, concurrency) {
    this.lane = new Lane(url, { 'x-auth-token': token }, { concurrency });
  }
  get = async (path) => list(await this.lane.read(path, whole));

  async periods(first, last) {
    const all = await this.get('/r/v1/periodes');
    return all.filter((p) => toIso(p.dateDeb) <= last && (!p.dateFin || toIso(p.dateFin) >= first)).map((p) => p.codePeriode);
  }
  async groups(periods, first, last) {
    const long = await this.get(`/r/v1/formation-longue/groupes?codesPeriode=${periods}`);
    const short = await optional(this.get(`/r/v1/formation-courte/${dashes(first)}/${dashes(last)}/groupes`), []);
    return new Map([...long, ...short].map((g) => [g.codeGroupe, { code: g.codeGroupe, name: clean(g.nomGroupe), site: g.codeSite }]));
  }
  /** All groups in one call; group by group where that is not answered. */
  async planning(zone, first, last, groups) {
    const sessions = new Map();
    const take = (s) => {
      const day = toIso(s.date);
      const start = minuteOf(s.heureDebut);
      const end = minuteOf(s.heureFin);
      sessions.set(s.codeSeance, {
        code: s.codeSeance,
        subject: clean(s.nomMatiere),
        day,
        startMinute: start,
        endMinute: end,
        start: utcOf(zone, day, start),
        end: utcOf(zone, day, end),
        validated: s.etatSeance === undefined || s.etatSeance === 1,
        groups: s.codesGroupe ?? [],
        learners: s.codesApprenant ?? [],
        instructors: s.codesPersonnel ?? [],
        rooms: s.codesSalle ?? [],
      });
    };
    const path = `/r/v1/planning/${dashes(first)}/${dashes(last)}/groupes`;
    try {
      await this.lane.read(path, each(take, '$.cours.*'));
    } catch {
      await Promise.all([...groups.keys()].map((g) => this.lane.read(`${path}/${g}`, each(take, '$.cours.*'))));
    }
    return [...sessions.values()].sort((a, b) => a.start - b.start || a.code - b.code);
  }
  async learners(periods, first, last, wanted) {
    const learners = new Map();
    const take = (l) => {
      if (!wanted.has(l.codeApprenant)) return;
      const current = (l.inscriptions ?? []).find((i) => flag(i.isInscriptionEnCours));
      learners.set(l.codeApprenant, {
        code: l.codeApprenant,
        last: clean(l.nomApprenant),
        first: clean(l.prenomApprenant),
        normal: clean(l.adresse?.email),
        pro: '',
        phone: clean(l.adresse?.tel2) || clean(l.adresse?.tel1),
        training: clean(current?.formation?.nomFormation),
        company: '',
      });
    };
    await this.lane.read(`/r/v1/formation-longue/apprenants?codesPeriode=${periods}`, each(take));
    await optional(this.lane.read(`/r/v1/formation-courte/${dashes(first)}/${dashes(last)}/apprenants`, each(take)));
    await optional(
      this.lane.read(
        '/r/v1/utilisateur/apprenants',
        each((a) => {
          const l = learners.get(a.codeApprenant);
          if (l) l.pro = clean(a.email);
        }),
      ),
    );
    return learners;
  }
  async instructors(wanted) {
    const out = new Map();
    await this.lane.read(
      '/r/v1/utilisateur/personnels',
      each((p) => {
        if (wanted.has(p.codePersonnel))
          out.set(p.codePersonnel, { code: p.codePersonnel, last: clean(p.nom), first: clean(p.prenom), email: clean(p.email) });
      }),
    );
    return out;
  }
  async companies(periods, day, learners) {
    const began = new Map();
    await optional(
      this.lane.read(
        `/r/v1/contrats?codesPeriode=${periods}`,
        each((c) => {
          const l = learners.get(c.codeApprenant);
          const from = toIso(c.dateDebContrat);
          if (!l || !c.codeEntreprise || from > day || (c.dateFinContrat && toIso(c.dateFinContrat) < day)) return;
          if ((c.dateResiliation && toIso(c.dateResiliation) <= day) || (began.get(l.code)?.from ?? '') > from) return;
          began.set(l.code, { from, company: c.codeEntreprise });
        }),
      ),
    );
    if (!began.size) return;
    const names = new Map();
    await optional(this.lane.read('/r/v1/entreprises', each((e) => names.set(e.codeEntreprise, clean(e.nomEntreprise)))));
    for (const [code, { company }] of began) learners.get(code).company = names.get(company) ?? '';
  }
  async rooms() {
    const all = await optional(this.get('/r/v1/salles'), []);
    return new Map(all.filter((r) => !flag(r.plusUtilise)).map((r) => [r.codeSalle, clean(r.nomSalle) || clean(r.abregeSalle)]));
  }
  async absences(first, last, wanted) {
    const out = new Map();
    await this.lane.read(
      `/r/v1/absences/${dashes(first)}/${dashes(last)}`,
      each((a) => {
        if (!wanted.has(a.codeApprenant)) return;
        if (!out.has(a.codeApprenant)) out.set(a.codeApprenant, []);
        out.get(a.codeApprenant).push({ first: toIso(a.dateDeb), last: toIso(a.dateFin), start: +a.heureDeb, end: +a.heureFin });
      }),
    );
    return out;
  }
  async attendance(first, last) {
    const all = await optional(this.get(`/r/v1/emargements/personnels/${dashes(first)}/${dashes(last)}`), []);
    return new Map(all.map((p) => [`${p.codeSeance}-${p.codePersonnel}`, { present: flag(p.isPresent), minutes: p.minutes }]));
  }
  createAbsence = async (body) => Number(await this.lane.write('POST', '/r/v1/absences', body));
  putAttendance = (body) => this.lane.write('PUT', '/r/v1/emargements/personnels', body);
}

// ---- Edusign ----

const result = async (body) => {
  const answer = await whole(body);
  if (answer.status !== 'success') throw new Refused(200, String(answer.message));
  return answer.result;
};

export class Edusign {
  constructor(url, token, perMinute) {
    this.lane = new Lane(url, { authorization: `Bearer ${token}` }, { concurrency: 4, perMinute });
  }
  get = (path) => this.lane.read(path, result);
  school = () => this.get('/school');
  /** To an empty page; what came before is not given twice. */
  async pages(path) {
    const out = new Map();
    for (let page = 0; ; page++) {
      const got = await this.get(`${path}${path.includes('?') ? '&' : '?'}page=${page}`);
      const before = out.size;
      for (const x of got) out.set(x.ID, x);
      if (out.size === before) return [...out.values()];
    }
  }
  students = () => this.pages('/student');
  professors = () => this.pages('/professor');
  sheets = (first, last, more = '') => this.pages(`/course?start=${first}&end=${last}${more}`);
  byEmail = (kind, email) =>
    this.get(`/${kind}/by-email/${encodeURIComponent(email)}`).then(
      (a) => (a && (a.ID ?? a.id) ? a : null),
      (e) => {
        if (e instanceof Refused) return null;
        throw e;
      },
    );
  create = async (path, body) => (await this.lane.write('POST', path, body, result)).ID;
}
