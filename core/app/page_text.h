#ifndef CORE_APP_PAGE_TEXT_H
#define CORE_APP_PAGE_TEXT_H

/* What the page says, in its two languages. The texts are HTML already: no value of theirs is escaped again. */

enum page_lang { PAGE_FR, PAGE_EN, PAGE_LANG_COUNT };

/* X(name, French, English) */
#define PAGE_TEXTS(X) \
	X(T_LANG, "fr", "en") \
	X(T_LANGUAGES, "Langue", "Language") \
	X(T_SKIP, "Aller au contenu", "Skip to the content") \
	X(T_LOST, "Connexion à passerelle perdue : cette page n’est plus à jour. Nouvel essai…", \
	  "Connection to passerelle lost: this page is out of date. Trying again…") \
	X(T_SCHOOLS, "Établissements", "Schools") \
	X(T_SCHOOL, "Établissement", "School") \
	X(T_STATE, "État", "State") \
	X(T_DOWN, "Planning → Edusign", "Planning → Edusign") \
	X(T_UP, "Absences → Yparéo", "Absences → Yparéo") \
	X(T_LAST_GOOD, "Dernière réussite", "Last good run") \
	X(T_LAST, "Dernière exécution", "Last run") \
	X(T_NEXT, "Prochaine", "Next run") \
	X(T_FRESH, "Fraîcheur", "Freshness") \
	X(T_ISSUES, "Anomalies", "Open issues") \
	X(T_NEVER, "jamais", "never") \
	X(T_NONE, "aucune", "none") \
	X(T_IS_FRESH, "à jour", "up to date") \
	X(T_IS_LATE, "en retard", "late") \
	X(T_IS_NEW, "pas encore exécuté", "not run yet") \
	X(T_IS_IDLE, "sans horaire", "no schedule") \
	X(T_HELD, "Plan retenu", "Held plan") \
	X(T_ALL, "Tous", "All") \
	X(T_ATTENTION, "À traiter", "Need attention") \
	X(T_WELL, "En ordre", "Well") \
	X(T_SEARCH, "Rechercher un établissement", "Find a school") \
	X(T_GO, "Rechercher", "Find") \
	X(T_NOTHING, "Aucun établissement ne correspond.", "No school matches.") \
	X(T_PAGES, "Pages", "Pages") \
	X(T_TABLE, "Chaque heure est celle de l’établissement ; la vôtre est indiquée quand elle diffère.", "Each time is the school’s own; yours stands beside it where it differs.") \
	X(T_LOGIN, "Connexion", "Log in") \
	X(T_TOKEN, "Jeton d’accès", "Access token") \
	X(T_LOGIN_HELP, "Le jeton se trouve dans le fichier désigné par <code>token_file</code>.", \
	  "The token is one of the file that <code>token_file</code> names.") \
	X(T_WRONG, "Ce jeton n’est pas connu.", "This token is not known.") \
	X(T_WAIT, "Trop de jetons inconnus. Patientez avant un nouvel essai.", "Too many unknown tokens. Wait before the next try.") \
	X(T_LOGOUT, "Se déconnecter", "Log out") \
	X(T_ERROR, "Erreur", "Error") \
	X(T_NOT_FOUND, "Cette page n’existe pas, ou votre jeton n’y donne pas accès.", "This page does not exist, or your token does not open it.") \
	X(T_NOT_ALLOWED, "Votre jeton ne permet pas cette action.", "Your token does not allow this.") \
	X(T_FORM_OLD, "Ce formulaire n’est plus valable : rechargez la page et recommencez.", "This form is no longer valid: load the page again and retry.") \
	X(T_BACK, "Retour à la liste", "Back to the list") \
	X(T_ACTIONS, "Actions", "Actions") \
	X(T_RUN_DOWN, "Lancer planning → Edusign", "Run planning → Edusign now") \
	X(T_RUN_UP, "Lancer absences → Yparéo", "Run absences → Yparéo now") \
	X(T_PAUSE, "Suspendre", "Pause") \
	X(T_RESUME, "Reprendre", "Resume") \
	X(T_DONE_RUN, "Exécution demandée : elle commence dès que possible.", "Run requested: it starts as soon as it can.") \
	X(T_DONE_PAUSE, "Établissement suspendu : aucune exécution planifiée jusqu’à la reprise.", "Paused: no runs by schedule until it is resumed.") \
	X(T_DONE_RESUME, "Établissement repris.", "Resumed.") \
	X(T_FILE_PAUSED, "Son fichier contient <code>\"paused\": true</code> : la reprise se fait dans le fichier.", \
	  "Its file says <code>\"paused\": true</code>: take that away there to resume.") \
	X(T_FILE_WRONG, "Le fichier de l’établissement contient des erreurs.", "The school’s file has mistakes.") \
	X(T_FILE_STALE, "La dernière version valable reste en service.", "The last good version goes on.") \
	X(T_UNDER_WAY, "En cours :", "Under way:") \
	X(T_FLOWS, "Flux", "Flows") \
	X(T_FLOW, "Flux", "Flow") \
	X(T_RESULT, "Résultat", "Result") \
	X(T_RUNS, "Exécutions récentes", "Recent runs") \
	X(T_NO_RUNS, "Aucune exécution pour l’instant.", "No run yet.") \
	X(T_ENVIRONMENT, "Environnement", "Environment") \
	X(T_STARTED, "Début", "Started") \
	X(T_TOOK, "Durée", "Duration") \
	X(T_CHANGES, "Écritures", "Changes") \
	X(T_DETAIL, "Détail", "Detail") \
	X(T_RECORD, "Enregistrement", "Record") \
	X(T_PROBLEM, "Problème", "Problem") \
	X(T_FIX, "Correction", "Fix") \
	X(T_SINCE, "Depuis", "Since") \
	X(T_NO_ISSUES, "Aucune anomalie ouverte.", "No open issues.") \
	X(T_MORE_ISSUES, "D’autres anomalies sont listées par <code>passerelle issues {}</code>.", "<code>passerelle issues {}</code> lists the others.") \
	X(T_HELD_TEXT, "Cette partie des changements est retenue jusqu’à votre réponse.", "This part of the changes is held until somebody answers.") \
	X(T_MORE_CHANGES, "et {} autres", "and {} more") \
	X(T_LIST, "{} changements", "{} changes") \
	X(T_WHY, "Motif (facultatif)", "Reason (optional)") \
	X(T_APPROVE, "Approuver et exécuter", "Approve and run") \
	X(T_DISCARD, "Rejeter", "Discard") \
	X(T_DONE_APPROVE, "Plan approuvé : il s’exécute dès que possible.", "Plan approved: it runs as soon as it can.") \
	X(T_DONE_DISCARD, "Plan rejeté : rien n’en sera écrit.", "Plan discarded: nothing of it will be written.") \
	X(T_CREATE, "créer", "create") \
	X(T_UPDATE, "modifier", "update") \
	X(T_DELETE, "supprimer", "delete") \
	X(T_YPAREO_SILENT, "Yparéo ne répond pas : nouvel essai régulier.", "Yparéo does not answer: it is tried now and then.") \
	X(T_EDUSIGN_SILENT, "Edusign ne répond pas : nouvel essai régulier.", "Edusign does not answer: it is tried now and then.") \
	X(T_LOADING, "lecture", "loading") \
	X(T_IDLE, "en attente", "idle") \
	X(T_RUNNING, "en cours", "running") \
	X(T_PAUSED, "suspendu", "paused") \
	X(T_STALE, "fichier erroné", "stale file") \
	X(T_DRAINING, "en cours d’arrêt", "leaving") \
	X(T_INVALID, "fichier erroné", "invalid file") \
	X(T_OK, "réussie", "ok") \
	X(T_WITH_ISSUES, "avec anomalies", "with issues") \
	X(T_WAS_HELD, "retenue", "held") \
	X(T_FAILED, "échec", "failed") \
	X(T_ZONE, "Fuseau horaire :", "Time zone:") \
	X(T_OPERATOR, "opérateur", "operator") \
	X(T_READER, "lecture seule", "read only") \
	X(T_AGO_NOW, "à l’instant", "just now") \
	X(T_AGO_MIN, "il y a {} min", "{} min ago") \
	X(T_AGO_H, "il y a {} h", "{} h ago") \
	X(T_AGO_D, "il y a {} j", "{} d ago") \
	X(T_CREATED, "créations", "created") \
	X(T_UPDATED, "modifications", "updated") \
	X(T_DELETED, "suppressions", "deleted") \
	X(T_HELD_PLANS, "Plans retenus", "Held plans") \
	X(T_HELD_SHORT, "Retenus", "Held") \
	X(T_LATE, "En retard", "Late") \
	X(T_PAUSED_ONES, "Suspendus", "Paused") \
	X(T_FILTER, "Filtrer", "Filter") \
	X(T_SHEETS, "Feuilles", "Sheets") \
	X(T_SHEETS_AHEAD, "Feuilles à venir", "Sheets to come") \
	X(T_LOAD_HOUR, "Edusign, req./min", "Edusign, req./min") \
	X(T_LOAD, "Charge", "Load") \
	X(T_LOAD_TEXT, "Requêtes par minute au cours de la dernière heure ; la ligne est la limite du compte.", \
	  "Requests a minute over the last hour; the line is what the account allows.") \
	X(T_PEAK, "pointe", "peak") \
	X(T_OWNER_SCHOOL, "À corriger par l’établissement", "For the school office") \
	X(T_OWNER_OPERATOR, "À corriger par l’opérateur", "For the operator") \
	X(T_OWNER_VENDOR, "À signaler à l’éditeur si elles persistent", "For the vendor’s support, if they stay") \
	X(T_BY, "Par", "By") \
	X(T_BY_SCHEDULE, "planning", "schedule") \
	X(T_AT, "Heure", "Time") \
	X(T_ACTION, "Action", "Action") \
	X(T_REASON, "Pourquoi", "Why") \
	X(T_ANSWER, "Réponse", "Answer") \
	X(T_WRITES, "Écritures", "Writes") \
	X(T_NO_WRITES, "Rien n’a été écrit.", "Nothing was written.") \
	X(T_MORE_WRITES, "Seules les premières écritures sont affichées.", "Only the first writes are shown.") \
	X(T_NO_CHANGE, "aucune", "none") \
	X(T_RUN, "Exécution", "Run") \
	X(T_NO_SUCH_RUN, "Cette exécution n’est plus dans la mémoire de l’établissement.", "This run is no longer remembered.") \
	X(T_PATH, "Chemin", "Path") \
	X(T_DEEDS, "Qui a fait quoi", "Who did what") \
	X(T_NO_DEEDS, "Rien pour l’instant.", "Nothing yet.") \
	X(T_WHAT, "Quoi", "What") \
	X(T_DEED_RUN, "exécution demandée", "asked for a run") \
	X(T_DEED_PAUSE, "suspension", "paused") \
	X(T_DEED_RESUME, "reprise", "resumed") \
	X(T_DEED_REBUILD, "mémoire mise de côté", "put a store aside") \
	X(T_DEED_LOG, "niveau du journal", "log level") \
	X(T_DEED_FILE, "fichier de l’établissement modifié", "changed the school’s file") \
	X(T_DEED_FILE_FIRST, "fichier de l’établissement mis en service", "put the school’s file into service") \
	X(T_DEED_APPROVE, "plan approuvé", "approved plan") \
	X(T_DEED_DISCARD, "plan rejeté", "discarded plan") \
	X(T_EXPLAIN, "Expliquer", "Explain") \
	X(T_EXPLAIN_GO, "Expliquer", "Explain") \
	X(T_CODE, "Code (ou e-mail d’un apprenant)", "Code (or a learner’s e-mail)") \
	X(T_LEARNER, "apprenant", "learner") \
	X(T_INSTRUCTOR, "formateur", "instructor") \
	X(T_SESSION, "séance", "session") \
	X(T_SHEET, "feuille Edusign", "Edusign sheet") \
	X(T_VERDICT, "Verdict", "Verdict") \
	X(T_STEPS, "De Yparéo à Edusign", "From Yparéo to Edusign") \
	X(T_UPWARD, "D’Edusign à Yparéo", "From Edusign to Yparéo") \
	X(T_NOTHING_SENT, "Aucune absence envoyée.", "No absence was sent.") \
	X(T_YES, "oui", "yes") \
	X(T_NO, "non", "no") \
	X(T_NOTE, "note", "note") \
	X(T_TAKEN_OVER, "reprise par une personne", "taken over by a person") \
	X(T_ABSENCE, "absence", "absence") \
	X(T_ABOVE, "En haut :", "Above:") \
	X(T_BELOW, "En bas :", "Below:") \
	X(T_YOURS, "chez vous", "yours")

enum page_text_id {
#define X(name, fr, en) name,
	PAGE_TEXTS(X)
#undef X
};

const char *page_text(enum page_lang lang, enum page_text_id id);
/* The best of an Accept-Language header; NULL: French, which the schools speak. */
enum page_lang page_lang_of(const char *accept_language);

#endif
