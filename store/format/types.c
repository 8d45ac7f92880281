/* The names of statuses and services. */
#include "store/format/types.h"

const char *types_put_status_name(enum store_put_status status)
{
    static const char *const names[STORE_PUT_STATUS_COUNT] = {
#define X(id, name) [STORE_PUT_##id] = (name),
        STORE_PUT_STATUS_MAP(X)
#undef X
    };
    return (unsigned)status < STORE_PUT_STATUS_COUNT ? names[status] : "?";
}

const char *types_service_name(enum store_service service)
{
    static const char *const names[STORE_SERVICE_COUNT] = {
#define X(id, name) [STORE_SERVICE_##id] = (name),
        STORE_SERVICE_MAP(X)
#undef X
    };
    return (unsigned)service < STORE_SERVICE_COUNT ? names[service] : "?";
}
