/* The tree of questions (prune.h). */
#include "harness/run/prune.h"

#include "harness/run/prune_answer.h"
#include "harness/run/prune_path.h"
#include "harness/run/prune_record.h"
#include "store/base/ensure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_FIRST 1024
#define NODE_ROOT   0 /* its answers are the contexts */
#define NODE_NONE   UINT32_MAX
#define KIND_LEAF   PRUNE_KIND_COUNT

/* Nearly every node has but one child, so the first stands in it; all others are edges. */
struct node {
    struct prune_question question; /* kind KIND_LEAF: `first_answer` is the digest */
    uint64_t first_answer;
    uint32_t first_child;
};

struct edge {
    uint64_t answer;
    uint32_t parent;
    uint32_t child; /* NODE_ROOT: a free place */
};

/* Where a path lies in the image that is being looked for. */
struct found {
    uint32_t generation;
    const struct image_entry *entry;
};

struct prune {
    struct prune_paths paths;
    struct prune_record *record;
    uint64_t context; /* of the recording */
    struct node *nodes;
    size_t node_count;
    size_t node_capacity;
    size_t node_count_max;
    struct edge *edges;
    size_t edge_count;
    size_t edge_capacity;
    struct found *found; /* by path */
    size_t found_capacity;
    uint32_t generation;
};

struct prune *prune_new(size_t node_count_max)
{
    struct prune *prune = calloc(1, sizeof(*prune));

    if (prune == NULL) {
        return NULL;
    }
    prune->node_count_max = node_count_max < NODE_NONE ? node_count_max : NODE_NONE - 1;
    prune->record = prune_record_new(&prune->paths);
    prune->nodes = calloc(TABLE_FIRST, sizeof(prune->nodes[0]));
    prune->edges = calloc(TABLE_FIRST, sizeof(prune->edges[0]));
    if (prune->record == NULL || prune->nodes == NULL || prune->edges == NULL) {
        return prune_free(prune);
    }
    prune->node_capacity = TABLE_FIRST;
    prune->edge_capacity = TABLE_FIRST;
    prune_clear(prune);
    return prune;
}

struct prune *prune_free(struct prune *prune)
{
    if (prune != NULL) {
        prune->record = prune_record_free(prune->record);
        prune_path_done(&prune->paths);
        free(prune->nodes);
        free(prune->edges);
        free(prune->found);
        free(prune);
    }
    return NULL;
}

void prune_clear(struct prune *prune)
{
    ENSURE(prune_record_is_of(prune->record, NULL));
    prune_path_clear(&prune->paths);
    if (prune->edge_count > 0) {
        memset(prune->edges, 0, prune->edge_capacity * sizeof(prune->edges[0]));
        prune->edge_count = 0;
    }
    prune->nodes[NODE_ROOT] = (struct node){.first_child = NODE_NONE};
    prune->node_count = 1;
}

int prune_blind(struct prune *prune, const char *path_prefix)
{
    char *copy = path_prefix != NULL ? strdup(path_prefix) : NULL;

    if (path_prefix != NULL && copy == NULL) {
        return -ENOMEM;
    }
    prune_clear(prune);
    free(prune->paths.blind);
    prune->paths.blind = copy;
    return 0;
}

size_t prune_node_count(const struct prune *prune)
{
    return prune->node_count - 1;
}

/* Nodes and edges. */

static struct edge *find_edge(const struct prune *prune, uint32_t parent, uint64_t answer)
{
    size_t mask = prune->edge_capacity - 1;
    uint64_t mixed = (answer ^ (parent * 0x9e3779b97f4a7c15U)) * 0xff51afd7ed558ccdU;
    size_t at = (size_t)(mixed >> 32) & mask;

    while (prune->edges[at].child != NODE_ROOT &&
           (prune->edges[at].parent != parent || prune->edges[at].answer != answer)) {
        at = (at + 1) & mask;
    }
    return &prune->edges[at];
}

static uint32_t find_child(const struct prune *prune, uint32_t parent, uint64_t answer)
{
    const struct node *node = &prune->nodes[parent];
    const struct edge *edge = NULL;

    if (node->first_child == NODE_NONE || node->first_answer == answer) {
        return node->first_child;
    }
    edge = find_edge(prune, parent, answer);
    return edge->child != NODE_ROOT ? edge->child : NODE_NONE;
}

static int grow_edges(struct prune *prune)
{
    size_t old_capacity = prune->edge_capacity;
    struct edge *old = prune->edges;
    struct edge *grown = calloc(2 * old_capacity, sizeof(grown[0]));

    if (grown == NULL) {
        return -ENOMEM;
    }
    prune->edges = grown;
    prune->edge_capacity = 2 * old_capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].child != NODE_ROOT) {
            *find_edge(prune, old[i].parent, old[i].answer) = old[i];
        }
    }
    free(old);
    return 0;
}

/* Makes room for a row of nodes, of which only the first can need an edge. */
static int reserve(struct prune *prune, size_t count)
{
    size_t capacity = prune->node_capacity;

    while (capacity < prune->node_count + count) {
        capacity *= 2;
    }
    if (capacity > prune->node_capacity) {
        struct node *nodes = reallocarray(prune->nodes, capacity, sizeof(nodes[0]));

        if (nodes == NULL) {
            return -ENOMEM;
        }
        prune->nodes = nodes;
        prune->node_capacity = capacity;
    }
    return 2 * (prune->edge_count + 1) > prune->edge_capacity ? grow_edges(prune) : 0;
}

static uint32_t add_child(struct prune *prune, uint32_t parent, uint64_t answer,
                          const struct node *child)
{
    struct node *node = &prune->nodes[parent];
    uint32_t number = (uint32_t)prune->node_count++;

    if (node->first_child == NODE_NONE) {
        node->first_child = number;
        node->first_answer = answer;
    } else {
        *find_edge(prune, parent, answer) =
            (struct edge){.answer = answer, .parent = parent, .child = number};
        prune->edge_count++;
    }
    prune->nodes[number] = *child;
    return number;
}

/* Finding. */

static const struct image_entry *find_entry(struct prune *prune, const struct image *image,
                                            uint32_t path)
{
    struct found *found = &prune->found[path];

    if (found->generation != prune->generation) {
        found->generation = prune->generation;
        found->entry = image_tree_find(image, prune->paths.paths[path].text);
    }
    return found->entry;
}

/* What `image` answers; a file that is not there has neither size nor pages. */
static uint64_t answer_of(struct prune *prune, const struct image *image,
                          const struct prune_question *question)
{
    const struct image_entry *entry = NULL;
    const struct image_content *content = NULL;

    if (question->kind == PRUNE_LIST) {
        return prune_answer_list(image, prune->paths.paths[question->path].text);
    }
    entry = find_entry(prune, image, question->path);
    if (question->kind == PRUNE_ENTRY) {
        return prune_answer_entry(entry);
    }
    if (entry == NULL || image_tree_is_dir(entry)) {
        return UINT64_MAX;
    }
    content = image->files[entry->file].content;
    return question->kind == PRUNE_SIZE ? prune_answer_size(content)
                                        : prune_answer_page(content, question->page_index);
}

/* Room for every path, and nothing found yet. */
static int begin_find(struct prune *prune)
{
    if (prune->found_capacity < prune->paths.count) {
        struct found *found = calloc(prune->paths.capacity, sizeof(found[0]));

        if (found == NULL) {
            return -ENOMEM;
        }
        free(prune->found);
        prune->found = found;
        prune->found_capacity = prune->paths.capacity;
        prune->generation = 0;
    }
    if (++prune->generation == 0) {
        memset(prune->found, 0, prune->found_capacity * sizeof(prune->found[0]));
        prune->generation = 1;
    }
    return 0;
}

bool prune_find(struct prune *prune, uint64_t context, struct image *image, uint64_t *ret_digest)
{
    uint32_t at = find_child(prune, NODE_ROOT, context);

    ENSURE(image->record == NULL);
    if (at == NODE_NONE || begin_find(prune) < 0) {
        return false;
    }
    while (at != NODE_NONE) {
        const struct node *node = &prune->nodes[at];

        if (node->question.kind == KIND_LEAF) {
            *ret_digest = node->first_answer;
            return true;
        }
        at = find_child(prune, at, answer_of(prune, image, &node->question));
    }
    return false;
}

/* Recording. */

int prune_begin(struct prune *prune, uint64_t context, struct image *image)
{
    prune->context = context;
    return prune_record_begin(prune->record, image);
}

static bool is_same_question(const struct prune_question *left, const struct prune_question *right)
{
    return left->kind == right->kind && left->path == right->path &&
           left->page_index == right->page_index;
}

/* What a run leaves behind: its questions, and the leaf. */
static struct node node_of(const struct prune_asked *asked, size_t count, size_t index,
                           uint64_t digest)
{
    if (index < count) {
        return (struct node){.question = asked[index].question, .first_child = NODE_NONE};
    }
    return (struct node){
        .question.kind = KIND_LEAF, .first_answer = digest, .first_child = NODE_NONE};
}

/* Whether the tree has this very node where the run came to it. */
static bool is_same_node(const struct node *left, const struct node *right)
{
    return is_same_question(&left->question, &right->question) &&
           (left->question.kind != KIND_LEAF || left->first_answer == right->first_answer);
}

/* Adds a run to the tree: down as far as it is known, then a row of new nodes. */
static int add_run(struct prune *prune, const struct prune_asked *asked, size_t count,
                   uint64_t digest)
{
    uint32_t parent = NODE_ROOT;
    uint64_t answer = prune->context;
    size_t i = 0;
    int result = 0;

    for (; i <= count; i++) {
        struct node node = node_of(asked, count, i, digest);
        uint32_t child = find_child(prune, parent, answer);

        if (child == NODE_NONE) {
            break;
        }
        if (!is_same_node(&prune->nodes[child], &node)) {
            return prune->paths.blind != NULL ? 0 : -EILSEQ;
        }
        parent = child;
        answer = i < count ? asked[i].answer : 0;
    }
    if (i > count || prune_node_count(prune) + (count + 1 - i) > prune->node_count_max) {
        return 0;
    }
    result = reserve(prune, count + 1 - i);
    for (; result == 0 && i <= count; i++) {
        struct node node = node_of(asked, count, i, digest);

        parent = add_child(prune, parent, answer, &node);
        answer = i < count ? asked[i].answer : 0;
    }
    return result;
}

int prune_end(struct prune *prune, struct image *image, bool is_kept, uint64_t digest)
{
    const struct prune_asked *asked = NULL;
    size_t count = 0;
    int result = 0;

    ENSURE(prune_record_is_of(prune->record, image));
    result = prune_record_end(prune->record, &asked, &count);
    if (!is_kept || result < 0) {
        return is_kept ? result : 0;
    }
    return add_run(prune, asked, count, digest);
}
