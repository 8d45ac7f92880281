/* Sections of a page as lists of rows (story_json.h). */
#include "harness/story/story_json.h"

#include "harness/figures/figures_json.h"

static json_t *line_object(const struct stack_frame *frame)
{
    if (frame->line == 0) {
        return json_null();
    }
    return json_pack("{ss si ss}", "file", frame->file, "line", (int)frame->line, "function",
                     frame->function);
}

/* What a store said need not be UTF-8: such a row is null. */
static json_t *section_rows(const struct page *page, enum page_section section)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < page->row_count; i++) {
        if (page->rows[i].section == section) {
            json_t *text = json_string(page->rows[i].text);
            (void)json_array_append_new(array, text == NULL ? json_null() : text);
        }
    }
    return array;
}

json_t *story_json(const char *token, const struct story *story, const struct figures *figures)
{
    const struct story_source *source = &story->source;
    json_t *sections = json_object();
    for (uint32_t i = 0; i < PAGE_SECTION_COUNT; i++) {
        (void)json_object_set_new(sections, page_label((enum page_section)i),
                                  section_rows(&story->page, (enum page_section)i));
    }
    json_t *mechanism = story->mechanism == MECHANISM_COUNT
                            ? json_null()
                            : json_string(mechanism_name(story->mechanism));
    return json_pack("{si ss so sb s{ss ss so so} so so}", "schema_version",
                     STORY_JSON_SCHEMA_VERSION, "token", token, "mechanism", mechanism, "cut_short",
                     (int)story->is_cut_short, "start", "why", source->why, "point", source->point,
                     "at", line_object(&source->at), "caller", line_object(&source->caller),
                     "sections", sections, "figures",
                     figures == NULL ? json_null() : figures_json(figures));
}
