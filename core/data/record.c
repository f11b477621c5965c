#include "core/data/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/tz.h"
#include "core/data/json.h"

#define FRAMES    64
#define SHAPES    16
#define PATH_MOST 150

/* A shape as the reader looks things up in it: most members of an answer are not in the table, and a bit for each
 * length that is turns those away without a comparison. */
struct prepared {
	const struct shape *shape;
	uint64_t lengths;
	uint8_t length[64];
	uint64_t required;
};

enum frame_kind { FRAME_RECORD, FRAME_LIST, FRAME_EMPTY };

struct frame {
	enum frame_kind kind;
	const struct field *field; /* what this is the value of; NULL: the document */
	struct prepared *shape;    /* RECORD: its own; LIST of records: theirs */
	char *base;                /* RECORD: its struct; LIST: the struct that holds the field */
	uint64_t mask;             /* RECORD: fields seen */
	unsigned next;             /* RECORD: where to look first: members come in the table's order as a rule */
	int current;               /* RECORD: the field whose value comes next; -1 none */
	bool scratch;              /* is memory for it taken from the scratch arena? */
	bool keyed;                /* LIST: an object keyed by code */
	size_t index;              /* LIST: elements so far */
	size_t cap;                /* LIST: INTS, TEXTS, ITEMS */
	struct str key;            /* LIST keyed: of the element; RECORD: of the member for .other */
	char key_text[48];         /* where key lies, if it is not longer */
};

struct record_reader {
	struct json_reader *json;
	struct arena *arena, *scratch;
	struct prepared shapes[SHAPES];
	unsigned shape_count;
	const struct shape *root;
	void *out, *arg;
	struct frame stack[FRAMES];
	unsigned depth;
	unsigned skip;   /* containers open inside something that is not wanted */
	bool skip_value; /* the next value is not wanted */
	uint64_t count;
	int error;
	char message[320];
	bool freed;
};

/* ---- errors ---- */

/* A key is the sender's text: only what a code is made of is shown of it. */
static void add_key(struct buf *b, struct str key)
{
	buf_addc(b, '[');
	for (size_t i = 0; i < key.n && i < 24; i++) {
		char c = key.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
		             c == '_';
		buf_addc(b, plain ? c : '?');
	}
	buf_addz(b, key.n > 24 ? "..]" : "]");
}

static void add_path(const struct record_reader *r, struct buf *b)
{
	for (unsigned i = 0; i < r->depth; i++) {
		const struct frame *f = &r->stack[i];
		if (f->kind == FRAME_LIST && f->keyed)
			add_key(b, f->key);
		else if (f->kind == FRAME_LIST)
			buf_printf(b, "[%zu]", f->index);
		else if (f->kind == FRAME_RECORD && f->current >= 0)
			buf_printf(b, "%s%s", b->n ? "." : "", f->shape->shape->fields[f->current].name);
	}
}

/* Puts the place before what is wrong: "cours[3].codeSeance: expected …, found …". */
static void tell(struct record_reader *r, const char *what)
{
	struct buf path;
	buf_init(&path, 0);
	add_path(r, &path);
	snprintf(r->message, sizeof(r->message), "%.*s%s%s", path.n < PATH_MOST ? (int)path.n : PATH_MOST,
	         path.n ? path.p : "", path.n ? ": " : "", what);
	buf_deinit(&path);
}

static int refuse(struct record_reader *r, int code, const char *what)
{
	if (r->error)
		return r->error;
	char text[160];
	r->error = code;
	snprintf(text, sizeof(text), "%s (byte %llu)", what, (unsigned long long)json_reader_offset(r->json));
	tell(r, text);
	return code;
}

static const char *expected(enum field_kind kind)
{
	static const char *const names[] = {
	        [FIELD_BOOL] = "true or false",
	        [FIELD_INT] = "a whole number",
	        [FIELD_NUMBER] = "a number",
	        [FIELD_TEXT] = "a text",
	        [FIELD_DAY] = "a date",
	        [FIELD_DAYTIME] = "a time",
	        [FIELD_UTC] = "a date and time",
	        [FIELD_OBJECT] = "an object",
	        [FIELD_INTS] = "a list of whole numbers",
	        [FIELD_TEXTS] = "a list of texts",
	        [FIELD_ITEMS] = "a list",
	        [FIELD_EACH] = "a list",
	};
	return names[kind];
}

static int wrong(struct record_reader *r, const struct field *f, const char *found)
{
	char text[120];
	snprintf(text, sizeof(text), "expected %s, found %s", expected(f->kind), found);
	return refuse(r, ERR_TYPE, text);
}

static int no_memory(struct record_reader *r)
{
	return refuse(r, ERR_LIMIT, "the memory of the run is used up");
}

/* ---- shapes ---- */

static struct prepared *prepare(struct record_reader *r, const struct shape *shape)
{
	for (unsigned i = 0; i < r->shape_count; i++)
		if (r->shapes[i].shape == shape)
			return &r->shapes[i];
	REQUIRE(r->shape_count < SHAPES && shape->count <= 64);
	struct prepared *p = &r->shapes[r->shape_count++];
	p->shape = shape;
	for (size_t i = 0; i < shape->count; i++) {
		size_t n = strlen(shape->fields[i].name);
		REQUIRE(n < 64);
		p->length[i] = (uint8_t)n;
		p->lengths |= UINT64_C(1) << n;
		if (shape->fields[i].flags & FIELD_REQUIRED)
			p->required |= FIELD_BIT(i);
	}
	return p;
}

static int find_field(struct frame *f, struct str key)
{
	const struct prepared *p = f->shape;
	if (key.n >= 64 || !(p->lengths & (UINT64_C(1) << key.n)))
		return -1;
	size_t count = p->shape->count;
	for (size_t i = 0, at = f->next; i < count; i++, at = at + 1 < count ? at + 1 : 0) {
		if (at >= count)
			at = 0;
		if (p->length[at] == key.n && memcmp(p->shape->fields[at].name, key.p, key.n) == 0) {
			f->next = (unsigned)(at + 1 < count ? at + 1 : 0);
			return (int)at;
		}
	}
	return -1;
}

static struct frame *top(struct record_reader *r)
{
	return r->depth ? &r->stack[r->depth - 1] : NULL;
}

static struct arena *memory(struct record_reader *r, const struct frame *f)
{
	return f && f->scratch ? r->scratch : r->arena;
}

/* ---- scalars ---- */

enum scalar { SCALAR_NULL, SCALAR_BOOL, SCALAR_NUMBER, SCALAR_TEXT };
static const char *const scalar_names[] = {"null", "true or false", "a number", "a text"};

static bool to_int(struct str s, int64_t *out, bool *range)
{
	size_t dot = 0;
	while (dot < s.n && s.p[dot] != '.')
		dot++;
	for (size_t i = dot + 1; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	int rc = str_to_int64((struct str){s.p, dot}, out);
	*range = rc == ERR_RANGE;
	return rc == 0;
}

/* Not strtod(): it follows the locale, and takes "inf", "nan" and hexadecimal. Exact to fifteen digits. */
static bool to_number(struct str s, double *out, bool *range)
{
	size_t i = 0, digits = 0;
	bool negative = i < s.n && s.p[i] == '-';
	double v = 0;
	int scale = 0, power = 0;
	for (i = negative; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits++)
		v = v * 10 + (s.p[i] - '0');
	if (i < s.n && s.p[i] == '.' && digits)
		for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits++, scale--)
			v = v * 10 + (s.p[i] - '0');
	if (digits == 0 || digits > 300)
		return false;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		bool down = ++i < s.n && s.p[i] == '-';
		if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
			i++;
		if (i == s.n)
			return false;
		for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			power = power < 1000 ? power * 10 + (s.p[i] - '0') : power;
		power = down ? -power : power;
	}
	if (i != s.n)
		return false;
	double ten = 1;
	power += scale;
	for (int k = power < 0 ? -power : power; k > 0 && ten < 1e300; k--)
		ten *= 10;
	v = power < 0 ? v / ten : v * ten;
	if (v > 1e300)
		return *range = true, false;
	*out = negative ? -v : v;
	return true;
}

static bool to_bool(enum scalar kind, struct str s, bool value, bool *out)
{
	if (kind == SCALAR_BOOL)
		return *out = value, true;
	if (str_eqz(s, "1") || str_eqz(s, "true"))
		return *out = true, true;
	if (str_empty(s) || str_eqz(s, "0") || str_eqz(s, "false"))
		return *out = false, true;
	return false;
}

/* Converts into the field at `at`. 1: set; 0: counts as missing; negative: an error that was told. */
static int convert(struct record_reader *r, struct frame *f, const struct field *d, char *at, enum scalar kind,
                   struct str s, bool value)
{
	bool range = false, ok = false;
	int seconds;
	if (kind == SCALAR_NULL)
		return 0;
	if (kind == SCALAR_TEXT && str_empty(str_trim(s)) && d->kind != FIELD_TEXT && !(d->flags & FIELD_STRICT))
		return 0; /* PHP's way of saying that there is none */
	switch (d->kind) {
	case FIELD_BOOL:
		ok = (d->flags & FIELD_STRICT) ? kind == SCALAR_BOOL : true;
		ok = ok && to_bool(kind, s, value, (bool *)at);
		break;
	case FIELD_INT:
		ok = kind == SCALAR_NUMBER || (kind == SCALAR_TEXT && !(d->flags & FIELD_STRICT));
		ok = ok && to_int(kind == SCALAR_TEXT ? str_trim(s) : s, (int64_t *)at, &range);
		break;
	case FIELD_NUMBER:
		ok = kind == SCALAR_NUMBER || (kind == SCALAR_TEXT && !(d->flags & FIELD_STRICT));
		ok = ok && to_number(kind == SCALAR_TEXT ? str_trim(s) : s, (double *)at, &range);
		break;
	case FIELD_TEXT:
		if (kind == SCALAR_BOOL)
			break;
		*(struct str *)at = arena_str(memory(r, f), s);
		if (!((struct str *)at)->p)
			return no_memory(r);
		ok = true;
		break;
	case FIELD_DAY:
		ok = kind == SCALAR_TEXT && day_parse(s, (int32_t *)at) == 0;
		break;
	case FIELD_DAYTIME:
		ok = kind == SCALAR_TEXT && daytime_parse(s, &seconds) == 0;
		if (ok)
			*(int32_t *)at = seconds;
		break;
	case FIELD_UTC:
		ok = kind == SCALAR_TEXT && utc_parse(s, (int64_t *)at) == 0;
		break;
	default:
		break;
	}
	if (ok)
		return 1;
	if (d->flags & FIELD_LOOSE)
		return 0;
	if (range)
		return refuse(r, ERR_RANGE, "a number out of range");
	return wrong(r, d, scalar_names[kind]);
}

static int add_scalar(struct record_reader *r, struct frame *f, enum scalar kind, struct str s)
{
	struct arena *arena = memory(r, f);
	const struct field *d = f->field;
	char *at = f->base + d->offset;
	bool range = false;
	if (kind == SCALAR_NULL)
		return 0;
	if (d->kind == FIELD_INTS) {
		struct ints *list = (struct ints *)at;
		int64_t v;
		if (kind == SCALAR_BOOL || !to_int(str_trim(s), &v, &range))
			return (d->flags & FIELD_LOOSE)
			               ? 0
			               : refuse(r, range ? ERR_RANGE : ERR_TYPE, "expected a whole number");
		if (arena_grow(arena, &list->v, &f->cap, list->n + 1, sizeof(*list->v)))
			return no_memory(r);
		list->v[list->n++] = v;
		return 0;
	}
	if (d->kind == FIELD_TEXTS) {
		struct texts *list = (struct texts *)at;
		if (kind == SCALAR_BOOL)
			return (d->flags & FIELD_LOOSE) ? 0 : refuse(r, ERR_TYPE, "expected a text");
		if (arena_grow(arena, &list->v, &f->cap, list->n + 1, sizeof(*list->v)))
			return no_memory(r);
		list->v[list->n] = arena_str(arena, s);
		return list->v[list->n++].p ? 0 : no_memory(r);
	}
	return (d->flags & FIELD_LOOSE) ? 0 : refuse(r, ERR_TYPE, "expected an object");
}

static int push(struct record_reader *r, enum frame_kind kind, const struct field *field, const struct shape *shape,
                char *base, bool scratch);
static int push_list(struct record_reader *r, struct frame *f, const struct field *d, bool keyed);

/* One value alone where a list of values is wanted. */
static int lone_scalar(struct record_reader *r, struct frame *f, const struct field *d, enum scalar kind,
                       struct str s)
{
	int rc = push_list(r, f, d, false);
	if (rc == 0)
		rc = add_scalar(r, top(r), kind, s);
	if (rc)
		return rc;
	r->depth--;
	/* ints and texts begin alike */
	if (((const struct ints *)(f->base + d->offset))->n == 0)
		f->mask &= ~FIELD_BIT(f->current);
	f->current = -1;
	return 0;
}

/* PHP writes an empty object as []; a list with something in it is none. */
static int not_empty(struct record_reader *r, const struct frame *f)
{
	static const struct field object = {.kind = FIELD_OBJECT};
	if (f->field && (f->field->flags & FIELD_LOOSE))
		return 0;
	r->depth--; /* the place is that of the list */
	return wrong(r, f->field ? f->field : &object, "a list");
}

static bool root_is_list(const struct shape *root)
{
	return root->count == 1 && root->fields[0].name[0] == '\0';
}

static int on_scalar_root(struct record_reader *r, enum scalar kind)
{
	if (kind != SCALAR_NULL)
		return refuse(r, ERR_TYPE, root_is_list(r->root) ? "expected a list" : "expected an object");
	if (root_is_list(r->root) || !prepare(r, r->root)->required)
		return 0;
	return refuse(r, ERR_MISSING, "null instead of an object");
}

static int on_scalar(struct record_reader *r, enum scalar kind, struct str s, bool value)
{
	if (r->skip)
		return 0;
	if (r->skip_value) {
		r->skip_value = false;
		return 0;
	}
	struct frame *f = top(r);
	if (!f)
		return on_scalar_root(r, kind);
	if (f->kind == FRAME_LIST) {
		int rc = add_scalar(r, f, kind, s);
		f->index++;
		return rc;
	}
	if (f->kind == FRAME_EMPTY)
		return not_empty(r, f);
	if (f->current < 0) {
		/* a member the table does not name, wanted by .other */
		int rc = f->shape->shape->other(r->arg, f->base, f->key,
		                                kind == SCALAR_BOOL ? (value ? STR("true") : STR("false")) : s);
		return rc ? refuse(r, rc, err_text(rc)) : 0;
	}
	const struct field *d = &f->shape->shape->fields[f->current];
	if ((d->kind == FIELD_INTS || d->kind == FIELD_TEXTS) &&
	    (kind == SCALAR_NUMBER || (kind == SCALAR_TEXT && !str_empty(s))))
		return lone_scalar(r, f, d, kind, s);
	int rc = d->kind >= FIELD_OBJECT && kind == SCALAR_TEXT && str_empty(s)
	                 ? 0
	                 : convert(r, f, d, f->base + d->offset, kind, s, value);
	if (rc < 0)
		return rc;
	if (rc > 0)
		f->mask |= FIELD_BIT(f->current);
	f->current = -1;
	return 0;
}

static int on_null(void *arg)
{
	return on_scalar(arg, SCALAR_NULL, STR_NONE, false);
}

static int on_boolean(void *arg, bool value)
{
	return on_scalar(arg, SCALAR_BOOL, STR_NONE, value);
}

static int on_number(void *arg, struct str text)
{
	return on_scalar(arg, SCALAR_NUMBER, text, false);
}

static int on_string(void *arg, struct str text)
{
	return on_scalar(arg, SCALAR_TEXT, text, false);
}

/* The key is kept for a callback or a message; a long one in scratch, where it lives as long as the element. */
static int keep_key(struct record_reader *r, struct frame *f, struct str key, bool whole)
{
	size_t n = key.n < sizeof(f->key_text) ? key.n : sizeof(f->key_text);
	if (n < key.n && whole) {
		f->key = arena_str(r->scratch, key);
		return f->key.p ? 0 : no_memory(r);
	}
	memcpy(f->key_text, key.p, n);
	f->key = (struct str){f->key_text, n};
	return 0;
}

static int on_key(void *arg, struct str key)
{
	struct record_reader *r = arg;
	if (r->skip)
		return 0;
	struct frame *f = top(r);
	if (f->kind == FRAME_LIST)
		return keep_key(r, f, key, f->field->kind == FIELD_EACH);
	f->current = find_field(f, key);
	if (f->current >= 0)
		return 0;
	if (!f->shape->shape->other || key.n > sizeof(f->key_text)) {
		r->skip_value = true;
		return 0;
	}
	return keep_key(r, f, key, false);
}

/* ---- containers ---- */

static int push(struct record_reader *r, enum frame_kind kind, const struct field *field, const struct shape *shape,
                char *base, bool scratch)
{
	if (r->depth >= FRAMES)
		return refuse(r, ERR_LIMIT, "nested too deeply");
	struct frame *f = &r->stack[r->depth++];
	memset(f, 0, offsetof(struct frame, key_text));
	f->kind = kind;
	f->field = field;
	f->shape = shape ? prepare(r, shape) : NULL;
	f->base = base;
	f->current = -1;
	f->scratch = scratch;
	return 0;
}

/* A list begins. A member that comes twice counts the second time only. */
static int push_list(struct record_reader *r, struct frame *f, const struct field *d, bool keyed)
{
	if (f->kind == FRAME_RECORD)
		f->mask |= FIELD_BIT(f->current);
	if (d->kind == FIELD_ITEMS)
		*(struct items *)(f->base + d->offset) = (struct items){0};
	else if (d->kind == FIELD_INTS)
		*(struct ints *)(f->base + d->offset) = (struct ints){0};
	else if (d->kind == FIELD_TEXTS)
		*(struct texts *)(f->base + d->offset) = (struct texts){0};
	int rc = push(r, FRAME_LIST, d, d->shape, f->base, f->scratch);
	if (rc == 0)
		top(r)->keyed = keyed;
	return rc;
}

static int push_object(struct record_reader *r, struct frame *f, const struct field *d, bool object)
{
	char *at = f->base + d->offset;
	if (f->mask & FIELD_BIT(f->current))
		memset(at, 0, d->shape->size);
	f->mask &= ~FIELD_BIT(f->current);
	if (!object)
		return push(r, FRAME_EMPTY, d, NULL, at, f->scratch);
	f->mask |= FIELD_BIT(f->current);
	return push(r, FRAME_RECORD, d, d->shape, at, f->scratch);
}

static bool is_list(enum field_kind kind)
{
	return kind == FIELD_INTS || kind == FIELD_TEXTS || kind == FIELD_ITEMS || kind == FIELD_EACH;
}

/* A record of a list begins: its struct comes from scratch, or grows the list it is held in. */
static int begin_element(struct record_reader *r, struct frame *list)
{
	const struct field *d = list->field;
	const struct shape *shape = d->shape;
	if (d->kind == FIELD_EACH) {
		char *record = arena_alloc(r->scratch, shape->size);
		return record ? push(r, FRAME_RECORD, d, shape, record, true) : no_memory(r);
	}
	struct items *items = (struct items *)(list->base + d->offset);
	if (arena_grow(memory(r, list), &items->v, &list->cap, items->n + 1, shape->size))
		return no_memory(r);
	char *record = (char *)items->v + items->n * shape->size;
	memset(record, 0, shape->size);
	return push(r, FRAME_RECORD, d, shape, record, list->scratch);
}

static int begin_root(struct record_reader *r, bool object)
{
	const struct shape *root = r->root;
	const struct field *first = root->fields;
	if (root_is_list(root)) {
		int rc = push(r, FRAME_LIST, first, first->shape, r->out, false);
		if (rc == 0)
			top(r)->keyed = object;
		return rc;
	}
	return push(r, object ? FRAME_RECORD : FRAME_EMPTY, NULL, root, r->out, false);
}

static int begin(struct record_reader *r, bool object)
{
	if (r->skip || r->skip_value) {
		r->skip_value = false;
		r->skip++;
		return 0;
	}
	struct frame *f = top(r);
	if (!f)
		return begin_root(r, object);
	if (f->kind == FRAME_EMPTY) {
		r->skip++;
		return not_empty(r, f);
	}
	if (f->kind == FRAME_LIST) {
		bool records = f->field->kind == FIELD_EACH || f->field->kind == FIELD_ITEMS;
		if (records && object)
			return begin_element(r, f);
		if (f->field->flags & FIELD_LOOSE) {
			r->skip++;
			return 0;
		}
		return refuse(r, ERR_TYPE,
		              records ? "expected an object, found a list" : "expected a value, found a structure");
	}
	if (f->current < 0) {
		r->skip++; /* .other takes scalars only */
		return 0;
	}
	const struct field *d = &f->shape->shape->fields[f->current];
	if (is_list(d->kind))
		return push_list(r, f, d, object);
	if (d->kind == FIELD_OBJECT)
		return push_object(r, f, d, object);
	if (d->flags & FIELD_LOOSE) {
		f->current = -1;
		r->skip++;
		return 0;
	}
	return wrong(r, d, object ? "an object" : "a list");
}

static int check_required(struct record_reader *r, struct frame *f)
{
	uint64_t missing = f->shape->required & ~f->mask;
	if (!missing)
		return 0;
	f->current = __builtin_ctzll(missing);
	return refuse(r, ERR_MISSING, "is missing");
}

/* A record of an EACH list is whole. */
static int hand_over(struct record_reader *r, struct frame *list, void *record)
{
	r->count++;
	int rc = list->field->each(r->arg, record, list->keyed ? list->key : STR_NONE);
	if (rc)
		return refuse(r, rc, err_text(rc));
	if (!list->scratch) {
		/* the outermost list: nothing of this record is left */
		arena_reset(r->scratch);
		if (list->key.p != list->key_text)
			list->key = STR_NONE;
	}
	return 0;
}

static int end(struct record_reader *r)
{
	if (r->skip) {
		r->skip--;
		/* what is skipped inside a list was an element of it */
		if (r->skip == 0 && r->depth && top(r)->kind == FRAME_LIST)
			top(r)->index++;
		return 0;
	}
	struct frame *f = top(r);
	void *record = f->base;
	if (f->kind == FRAME_RECORD) {
		int rc = check_required(r, f);
		if (rc)
			return rc;
		if (f->shape->shape->mask_offset != RECORD_NO_MASK)
			*(uint64_t *)(f->base + f->shape->shape->mask_offset) = f->mask;
	}
	r->depth--;
	struct frame *parent = top(r);
	if (!parent)
		return 0;
	if (parent->kind == FRAME_RECORD) {
		parent->current = -1;
		return 0;
	}
	const struct field *d = parent->field;
	int rc = 0;
	if (d->kind == FIELD_ITEMS)
		((struct items *)(parent->base + d->offset))->n++;
	else
		rc = hand_over(r, parent, record);
	if (rc == 0)
		parent->index++;
	return rc;
}

static int on_begin_object(void *arg)
{
	return begin(arg, true);
}

static int on_begin_array(void *arg)
{
	return begin(arg, false);
}

static int on_end(void *arg)
{
	return end(arg);
}

static const struct json_events events = {
        on_null, on_boolean, on_number, on_string, on_key, on_begin_object, on_end, on_begin_array, on_end,
};

/* ---- life ---- */

static void destroy(void *arg)
{
	struct record_reader *r = arg;
	if (r->freed)
		return;
	r->freed = true;
	json_reader_free(&r->json);
	arena_free(&r->scratch);
}

struct record_reader *record_reader_new(struct arena *arena, const struct shape *root, void *out, void *arg)
{
	struct record_reader *r = arena_alloc(arena, sizeof(*r));
	if (!r)
		return NULL;
	r->arena = arena;
	r->scratch = arena_new_child(arena); /* counts against the run's cap */
	r->root = root;
	r->out = out;
	r->arg = arg;
	r->json = json_reader_new(&events, r, NULL);
	if (arena_defer(arena, destroy, r) != 0) {
		destroy(r);
		return NULL;
	}
	return r;
}

void record_reader_free(struct record_reader **r)
{
	if (*r)
		destroy(*r);
	*r = NULL;
}

/* What is wrong with the JSON itself is told with its place too. */
static int settle(struct record_reader *r, int rc)
{
	if (r->error || rc == 0)
		return r->error;
	r->error = rc;
	tell(r, json_reader_error(r->json));
	return rc;
}

int record_reader_feed(struct record_reader *r, const char *p, size_t n)
{
	return settle(r, json_reader_feed(r->json, p, n));
}

int record_reader_end(struct record_reader *r)
{
	return settle(r, json_reader_end(r->json));
}

uint64_t record_reader_count(const struct record_reader *r)
{
	return r->count;
}

const char *record_reader_error(const struct record_reader *r)
{
	return r->message;
}
