/* What went wrong: the code and the sentence of struct err. */
#include "store/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The header's words for the analyzer are not meant for the definitions. */
#undef err_set
#undef err_wrap

int err_set(struct err *err, int code, const char *format, ...)
{
    if (err == NULL) {
        return code;
    }
    /* The arguments may point into err->text, so the text is made beside it. */
    char text[ERR_TEXT_SIZE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err->code = code;
    memcpy(err->text, text, strlen(text) + 1);
    return code;
}

/* Puts `context` and ": " in front of `err->text`; what does not fit is cut at the end. */
static void err_prepend(struct err *err, const char *context)
{
    char text[ERR_TEXT_SIZE_BYTES];
    size_t context_bytes = strlen(context);
    memcpy(text, context, context_bytes);
    if (err->text[0] != '\0') {
        static const char separator[] = ": ";
        for (size_t i = 0; separator[i] != '\0' && context_bytes < sizeof(text) - 1; i++) {
            text[context_bytes++] = separator[i];
        }
        size_t room_bytes = sizeof(text) - 1 - context_bytes;
        size_t rest_bytes = strnlen(err->text, room_bytes);
        memcpy(text + context_bytes, err->text, rest_bytes);
        context_bytes += rest_bytes;
    }
    text[context_bytes] = '\0';
    memcpy(err->text, text, context_bytes + 1);
}

int err_wrap(struct err *err, int code, const char *format, ...)
{
    if (err == NULL) {
        return code;
    }
    char context[ERR_TEXT_SIZE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof(context), format, args);
    va_end(args);
    err->code = code;
    err_prepend(err, context);
    return code;
}

const char *err_name(int code)
{
    switch (code) {
#define X(id, value, text) \
    case id:               \
        return #id;
        ERR_CODE_MAP(X)
#undef X
    case 0:
        return "OK";
    default:
        break;
    }
    const char *name = code < 0 && code > -4096 ? strerrorname_np(-code) : NULL;
    return name != NULL ? name : "unknown";
}
