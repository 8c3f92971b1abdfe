// Handlers of /api/rooms: the conversations of whoever calls. The JSON is that of `naru rooms --json`.
#pragma once

#include "serve/route.h"

namespace naru {

void list_rooms(Exchange& exchange);
void make_room(Exchange& exchange);
void show_room(Exchange& exchange);
void rename_room(Exchange& exchange);
void forget_room(Exchange& exchange);

}  // namespace naru
