/* A story and its figures as one JSON document: what `why --json` prints and a run keeps. */
#ifndef HARNESS_STORY_STORY_JSON_H
#define HARNESS_STORY_STORY_JSON_H

#include "harness/story/story.h"

#include <jansson.h>

/* Grows by one whenever a field changes its meaning or goes; new fields do not count.  Since
 * version 2 `start` may be something that a restart told (`point` is the name of an event), and the
 * scenario's summary has a section of its own. */
#define STORY_JSON_SCHEMA_VERSION 2

/* An object with the keys schema_version, token, mechanism, cut_short, start, sections, figures.
 * `token` is as it was given; `figures` NULL: there are none.  The caller owns the reference; NULL
 * when out of memory. */
json_t *story_json(const char *token, const struct story *story, const struct figures *figures);

#endif
