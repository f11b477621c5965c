#include <stdio.h>

#include "core/app/page.h"

/* How much a school asks of each account, drawn: requests a minute over the last hour, against what it may. */

#define HIGH 60

static unsigned most_of(const unsigned minutes[LOAD_MINUTES])
{
	unsigned most = 0;
	for (int i = 0; i < LOAD_MINUTES; i++)
		most = minutes[i] > most ? minutes[i] : most;
	return most;
}

static void put_bars(struct page *p, const unsigned minutes[LOAD_MINUTES], unsigned scale, unsigned high)
{
	for (unsigned i = 0; i < LOAD_MINUTES; i++) {
		unsigned h = (minutes[i] * high + scale - 1) / scale;
		if (minutes[i])
			buf_printf(p->out, "<rect x=\"%u\" y=\"%u\" width=\"3\" height=\"%u\"/>", i * 4, high - h, h);
	}
}

/* limit 0: none a minute. */
static void put_picture(struct page *p, const char *name, const unsigned minutes[LOAD_MINUTES], unsigned limit)
{
	unsigned most = most_of(minutes), scale = most > limit ? most : limit;
	scale = scale ? scale : 1;
	buf_addz(p->out, "<figure class=\"load\"><figcaption><b>");
	page_putz(p->out, name);
	buf_printf(p->out, "</b> <span class=\"soft\">%s %u", page_say(p, T_PEAK), most);
	if (limit)
		buf_printf(p->out, " / %u", limit);
	buf_printf(p->out, "</span></figcaption><svg viewBox=\"0 0 240 %d\" preserveAspectRatio=\"none\" aria-hidden=\"true\">", HIGH + 2);
	buf_printf(p->out, "<line class=\"axis\" x1=\"0\" y1=\"%d\" x2=\"240\" y2=\"%d\"/>", HIGH, HIGH);
	if (limit)
		buf_printf(p->out, "<line class=\"limit\" x1=\"0\" y1=\"%u\" x2=\"240\" y2=\"%u\"/>", HIGH - limit * HIGH / scale + 1,
		           HIGH - limit * HIGH / scale + 1);
	put_bars(p, minutes, scale, HIGH);
	buf_addz(p->out, "</svg></figure>\n");
}

void page_put_load(struct page *p, const struct tenant *t)
{
	const struct tenant_conf *c = tenant_file(t);
	unsigned minutes[LOAD_MINUTES];
	buf_printf(p->out,
	           "<section aria-labelledby=\"h-load\"><h2 id=\"h-load\">%s</h2>\n<div class=\"loads card\" id=\"load\" data-live>"
	           "<p class=\"soft small\">%s</p>\n",
	           page_say(p, T_LOAD), page_say(p, T_LOAD_TEXT));
	load_minutes(tenant_load(t), 0, p->now, minutes);
	put_picture(p, "Yparéo", minutes, 0);
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		char name[96];
		snprintf(name, sizeof(name), "Edusign, %s", c->environments[i].key);
		load_minutes(tenant_load(t), i + 1, p->now, minutes);
		put_picture(p, name, minutes, c->edusign_per_minute);
	}
	buf_addz(p->out, "</div></section>\n");
}

void page_put_spark(struct page *p, const struct tenant *t)
{
	const struct tenant_conf *c = tenant_file(t);
	unsigned minutes[LOAD_MINUTES], best[LOAD_MINUTES] = {0}, most = 0, limit = c->edusign_per_minute;
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		load_minutes(tenant_load(t), i + 1, p->now, minutes);
		if (most_of(minutes) <= most)
			continue;
		most = most_of(minutes);
		for (int k = 0; k < LOAD_MINUTES; k++)
			best[k] = minutes[k];
	}
	unsigned scale = most > limit ? most : limit;
	buf_addz(p->out, "<svg class=\"spark\" viewBox=\"0 0 240 20\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
	                 "<line class=\"axis\" x1=\"0\" y1=\"20\" x2=\"240\" y2=\"20\"/>");
	put_bars(p, best, scale ? scale : 1, 20);
	buf_printf(p->out, "</svg> <span class=\"soft small\">%u", most);
	if (limit)
		buf_printf(p->out, "/%u", limit);
	buf_addz(p->out, "</span>");
}
