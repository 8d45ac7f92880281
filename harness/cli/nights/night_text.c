/* What the commands about earlier runs have in common (night_text.h). */
#include "harness/cli/nights/night_text.h"

#include <stdio.h>
#include <string.h>

struct screen night_text_screen(enum paint_when colour, const char *command)
{
    return (struct screen){.stream = stdout,
                           .is_coloured = paint_is_wanted(colour, stdout),
                           .width = screen_width(stdout),
                           .command = command};
}

const char *night_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

int64_t night_text_number(const json_t *object, const char *key)
{
    return (int64_t)json_number_value(json_object_get(object, key));
}

void night_text_date(const json_t *object, const char *key, char text[16])
{
    (void)snprintf(text, 16, "%.10s", night_text_of(object, key));
}

void night_text_cause(struct screen *screen, const char *label, enum paint_tone tone,
                      const json_t *cause, const char *how)
{
    const char *token = night_text_of(cause, "token");

    screen_line(screen, tone, label, "%s (%s)%s%s", night_text_of(cause, "text"),
                night_text_of(cause, "fingerprint"), *how == '\0' ? "" : ": ", how);
    if (*token != '\0') {
        screen_token(screen, SCREEN_LABEL_WIDTH, "replay", token);
    }
}
