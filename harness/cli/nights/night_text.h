/* Lines about earlier runs and their causes, from the JSON of the history. */
#ifndef HARNESS_CLI_NIGHTS_NIGHT_TEXT_H
#define HARNESS_CLI_NIGHTS_NIGHT_TEXT_H

#include "reports/screen.h"

#include <stdint.h>

#include <jansson.h>

/* One on standard output, as wide as that is; `command` is what people type before a subcommand. */
struct screen night_text_screen(enum paint_when colour, const char *command);

/* The text of a key; "" where there is none. */
const char *night_text_of(const json_t *object, const char *key);
int64_t night_text_number(const json_t *object, const char *key);
/* "2026-11-22" of a time. */
void night_text_date(const json_t *object, const char *key, char text[16]);

/* "NEW       TEXT (FINGERPRINT): HOW"; below it how to run its case again. */
void night_text_cause(struct screen *screen, const char *label, enum paint_tone tone,
                      const json_t *cause, const char *how);

#endif
