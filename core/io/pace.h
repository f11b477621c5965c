#ifndef CORE_IO_PACE_H
#define CORE_IO_PACE_H

/*
 * How many requests at once an upstream takes without answering later for it: learned from its own answers, between one and what the
 * school allows. Grows by one for each round of answers that came as fast as they ever do, shrinks by a third when they come
 * clearly later, by half when none comes. No loop and no clock of its own.
 *
 *   class   requests that can be compared: the same call, whatever its numbers (a list of learners is not slower than one room)
 *   calm    how long answers of a class take when nothing is in their way: the least that their mean ever was, forgotten slowly
 */

#include <stdbool.h>
#include <stdint.h>

#define PACE_CLASSES 12

struct pace_class { uint32_t key; double mean_ms, calm_ms; };

struct pace {
	unsigned most;     /* 0: nothing is learned, and nothing bounded */
	double allowed;
	unsigned rest;     /* answers to ignore: they were under way before the last step down */
	struct pace_class classes[PACE_CLASSES];
	unsigned next;     /* the class that is given up for a new one */
};

void pace_init(struct pace *p, unsigned most);
/* How many may be under way now; at least 1. */
unsigned pace_allowed(const struct pace *p);
/* Of a URL: its path without digits and query. */
uint32_t pace_class_of(const char *url);
/* An answer came after ms, or (answered false) none did; busy: so many were under way with it. */
void pace_note(struct pace *p, uint32_t class, double ms, bool answered, unsigned busy);

#endif
