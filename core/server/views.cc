// Handlers of named views.
#include "base/clock.h"
#include "server/handlers.h"
#include "server/listing.h"
#include "server/saved_views.h"

namespace cairn::server {

using model::Value;

namespace {

std::string path_of(const Call& call) { return call.rooms.store.layout().views(call.names[0]); }

Value print_view(const SavedView& view) {
  return model::Object{{"name", view.name}, {"state", view.state}, {"updated_ns", view.updated_ns}};
}

}  // namespace

Result<Response> list_views(const Call& call) {
  TRY(const std::vector<SavedView> views, read_views(call.rooms.disk, path_of(call)));
  model::List printed;
  for (const SavedView& view : views) printed.push_back(print_view(view));
  return answer_list(call, "views", std::move(printed));
}

Result<Response> put_view(const Call& call) {
  TRY(const Value body, call.object());
  const Value* state = body.find("state");
  if (!state || !state->as_string()) return fail(Code::kInvalid, "expected state as a string");
  const SavedView view{call.names[1], *state->as_string(), wall_now_ns()};
  TRY_VOID(put_view(call.rooms.disk, path_of(call), view));
  return answer(print_view(view));
}

Result<Response> remove_view(const Call& call) {
  TRY_VOID(remove_view(call.rooms.disk, path_of(call), call.names[1]));
  return answer(model::Object{{"removed", call.names[1]}});
}

}  // namespace cairn::server
