/* Tokens as text and back. */
#include "harness/case/token.h"

#include "harness/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_CHARACTERS   "abcdefghijklmnopqrstuvwxyz0123456789-"
#define SWITCH_CHARACTERS NAME_CHARACTERS "./"
#define HASH_DIGITS       6

/* "program/NAME" or "real-VERSION", as a target stands in tokens; "" for the engine. The engine is
 * not written: tokens of before there were targets must stay what they are. */
static void print_target(const char *target, char text[TOKEN_SWITCH_SIZE_BYTES])
{
    bool is_engine = points_of(target) == &points_engine;
    (void)snprintf(text, TOKEN_SWITCH_SIZE_BYTES, "%s", is_engine ? "" : target);
    char *colon = strchr(text, ':');
    if (colon != NULL) {
        *colon = '/';
    }
}

/* The switches' text is made apart, since their number decides where the plan begins. */
int token_print(const struct token *token, char *text, size_t text_size_bytes)
{
    char switches[TOKEN_SWITCHES_MAX * (TOKEN_SWITCH_SIZE_BYTES + 1) + 1] = "";
    char target[TOKEN_SWITCH_SIZE_BYTES];
    size_t used = 0;
    print_target(token->target, target);
    if (target[0] != '\0') {
        used = (size_t)snprintf(switches, sizeof(switches), "@%s", target);
    }
    for (uint32_t i = 0; i < token->switch_count && i < TOKEN_SWITCHES_MAX; i++) {
        int size = snprintf(switches + used, sizeof(switches) - used, "@%s", token->switches[i]);
        used += size > 0 ? (size_t)size : 0;
    }
    int head = snprintf(text, text_size_bytes, "%s.%06" PRIx32 "@%" PRIx64 "%s:", token->scenario,
                        token->hash24, token->seed, switches);
    size_t place = head > 0 && (size_t)head < text_size_bytes ? (size_t)head : text_size_bytes;
    return head + plan_print(&token->plan, points_of(token->target), text + place,
                             text_size_bytes - place);
}

/* A piece of the text, up to one of `ends`, as a string of its own. */
struct piece {
    char text[96];
    size_t column;
    char end; /* the character behind it */
};

static int take_piece(const char *text, const char **at, const char *ends, struct piece *piece,
                      struct err *err)
{
    size_t size = strcspn(*at, ends);
    piece->column = (size_t)(*at - text) + 1;
    if (size >= sizeof(piece->text)) {
        return err_set(err, ERR_USAGE, "column %zu: '%.32s...' is too long", piece->column, *at);
    }
    memcpy(piece->text, *at, size);
    piece->text[size] = '\0';
    piece->end = (*at)[size];
    *at += size + (piece->end == '\0' ? 0 : 1);
    return 0;
}

/* A name with any other character could be a path, and a token is looked up as a file. */
static int parse_scenario(const char *text, const char **at, struct token *token, struct err *err)
{
    struct piece piece;
    int r = take_piece(text, at, ".@:", &piece, err);
    if (r < 0) {
        return r;
    }
    size_t size = strlen(piece.text);
    if (size == 0 || size >= sizeof(token->scenario) ||
        strspn(piece.text, NAME_CHARACTERS) != size) {
        return err_set(err, ERR_USAGE, "column %zu: '%s' is no scenario name ([a-z0-9-], 1 to %d)",
                       piece.column, piece.text, TOKEN_NAME_SIZE_BYTES - 1);
    }
    if (piece.end != '.') {
        return err_set(err, ERR_USAGE,
                       "column %zu: expected '.' and %d hex digits after the scenario's name",
                       piece.column + size, HASH_DIGITS);
    }
    snprintf(token->scenario, sizeof(token->scenario), "%.*s", TOKEN_NAME_SIZE_BYTES - 1,
             piece.text);
    return 0;
}

/* Exactly six digits: a shorter one would be a hash of another length, not the same number. */
static int parse_hash(const char *text, const char **at, struct token *token, struct err *err)
{
    struct piece piece;
    uint64_t value = 0;
    int r = take_piece(text, at, "@:", &piece, err);
    if (r < 0) {
        return r;
    }
    if (strlen(piece.text) != HASH_DIGITS || !units_parse_hex(piece.text, &value)) {
        return err_set(err, ERR_USAGE, "column %zu: '%s': expected %d hex digits", piece.column,
                       piece.text, HASH_DIGITS);
    }
    if (piece.end != '@') {
        return err_set(err, ERR_USAGE, "column %zu: expected '@' and the seed",
                       piece.column + HASH_DIGITS);
    }
    token->hash24 = (uint32_t)value;
    return 0;
}

static int parse_seed(const char *text, const char **at, struct token *token, char *ret_end,
                      struct err *err)
{
    struct piece piece;
    int r = take_piece(text, at, "@:", &piece, err);
    if (r < 0) {
        return r;
    }
    if (!units_parse_hex(piece.text, &token->seed)) {
        return err_set(err, ERR_USAGE, "column %zu: '%s': expected a seed, 1 to 16 hex digits",
                       piece.column, piece.text);
    }
    *ret_end = piece.end;
    return 0;
}

/* A target stands first, or not at all: one case has one name. */
static int take_target(struct piece *piece, struct token *token, struct err *err)
{
    if (token->switch_count > 0 || strcmp(token->target, "engine") != 0) {
        return err_set(err, ERR_USAGE, "column %zu: the target '%s' stands before all switches",
                       piece->column, piece->text);
    }
    char *slash = strchr(piece->text, '/');
    if (slash != NULL) {
        *slash = ':';
    }
    if (points_of(piece->text) == NULL) {
        return err_set(err, ERR_USAGE, "column %zu: '%s' is no target", piece->column, piece->text);
    }
    (void)snprintf(token->target, sizeof(token->target), "%.*s", POINTS_TARGET_SIZE_BYTES - 1,
                   piece->text);
    return 0;
}

static bool is_target(const char *text)
{
    static const char program[] = "program/";
    return strncmp(text, program, sizeof(program) - 1) == 0 || points_of(text) == &points_real;
}

/* Only the shape is looked at: whether the scenario has such a defect or guard is known when it is
 * loaded. */
static int parse_switch(const char *text, const char **at, struct token *token, char *ret_end,
                        struct err *err)
{
    struct piece piece;
    int r = take_piece(text, at, "@:", &piece, err);
    if (r < 0) {
        return r;
    }
    size_t size = strlen(piece.text);
    if (size == 0 || size >= TOKEN_SWITCH_SIZE_BYTES ||
        strspn(piece.text, SWITCH_CHARACTERS) != size) {
        return err_set(err, ERR_USAGE, "column %zu: '%s' is no switch", piece.column, piece.text);
    }
    /* The target takes the place of a switch: the longest token stays as long. */
    uint32_t taken = token->switch_count + (points_of(token->target) != &points_engine ? 1 : 0);
    if (taken == TOKEN_SWITCHES_MAX) {
        return err_set(err, ERR_USAGE, "column %zu: more than %d switches", piece.column,
                       TOKEN_SWITCHES_MAX);
    }
    *ret_end = piece.end;
    if (is_target(piece.text)) {
        return take_target(&piece, token, err);
    }
    snprintf(token->switches[token->switch_count++], TOKEN_SWITCH_SIZE_BYTES, "%.*s",
             TOKEN_SWITCH_SIZE_BYTES - 1, piece.text);
    return 0;
}

int token_parse(const char *text, struct token *ret_token, struct err *err)
{
    struct token token;
    const char *at = text;
    char end = '\0';
    memset(&token, 0, sizeof(token));
    (void)snprintf(token.target, sizeof(token.target), "engine");
    int r = parse_scenario(text, &at, &token, err);
    if (r < 0) {
        return r;
    }
    r = parse_hash(text, &at, &token, err);
    if (r < 0) {
        return r;
    }
    r = parse_seed(text, &at, &token, &end, err);
    while (r == 0 && end == '@') {
        r = parse_switch(text, &at, &token, &end, err);
    }
    if (r < 0) {
        return r;
    }
    if (end != ':') {
        return err_set(err, ERR_USAGE, "column %zu: expected ':' and the plan",
                       (size_t)(at - text) + 1);
    }
    r = plan_parse_at(at, points_of(token.target), (size_t)(at - text) + 1, &token.plan, err);
    if (r < 0) {
        return r;
    }
    size_t length = strlen(at);
    if (length > 0 && at[length - 1] == '+' && strspn(at, "+") < length) {
        return err_set(err, ERR_USAGE, "column %zu: nothing follows this '+'",
                       (size_t)(at - text) + length);
    }
    *ret_token = token;
    return 0;
}
