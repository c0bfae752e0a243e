// Live events as text (docs/api.md).
#include "server/live_view.h"

#include <cmath>

#include "base/limits.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

using model::Value;

Result<std::vector<std::string>> names_at(const Value& wanted, std::string_view member) {
  std::vector<std::string> names;
  const Value* list = wanted.find(member);
  if (!list || list->is_null()) return names;
  if (!list->as_list()) return fail(Code::kInvalid, "expected a list of names for {}", member);
  for (const Value& name : *list->as_list()) {
    if (!name.as_string()) return fail(Code::kInvalid, "expected a list of names for {}", member);
    names.push_back(*name.as_string());
  }
  return names;
}

// What JSON has no number for is a string here: a browser's parser would refuse the bare tokens.
void print_number(std::string& out, double value) {
  if (std::isnan(value))
    out += "\"NaN\"";
  else if (std::isinf(value))
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  else
    fmt::format_to(std::back_inserter(out), "{}", value);
}

template <typename T, typename Print>
void print_list(std::string& out, std::string_view name, const std::vector<T>& items,
                const Print& print) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[", name);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    print(items[i]);
  }
  out += ']';
}

std::string print_points(const query::Tail::Delta& delta) {
  std::string out = fmt::format("{{\"run\":{},\"key\":{}", wire::print_json(delta.run),
                                wire::print_json(delta.key));
  if (delta.again) return out + ",\"again\":true}";
  const auto print_integer = [&](int64_t value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  };
  print_list(out, "step", delta.points.step, print_integer);
  print_list(out, "time_ns", delta.points.time_ns, print_integer);
  print_list(out, "value", delta.points.value, [&](double value) { print_number(out, value); });
  return out + "}";
}

std::string print_changes(query::Tail::News& news) {
  Value changes;
  changes.set("changed", model::List(news.changed.begin(), news.changed.end()));
  changes.set("removed", model::List(news.removed.begin(), news.removed.end()));
  if (news.everything) changes.set("everything", true);
  return print_event("runs", wire::print_json(changes));
}

}  // namespace

std::string print_event(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

Result<std::unique_ptr<LiveView>> LiveView::begin(store::Store& store, trials::Watch& sweeps,
                                                  std::string_view project, const Value& wanted) {
  TRY(const auto runs, names_at(wanted, "runs"));
  TRY(const auto keys, names_at(wanted, "keys"));
  TRY(const auto consoles, names_at(wanted, "console"));
  if (consoles.size() > kLiveConsolesMax)
    return fail(Code::kLimit, "expected at most {} consoles to follow, found {}", kLiveConsolesMax,
                consoles.size());
  std::unique_ptr<LiveView> view(new LiveView(store, sweeps, project));
  TRY(view->x_tail, query::Tail::begin(store, project, runs, keys));
  for (const std::string& run : consoles) view->x_lines[run] = view->count_lines(run);
  if (const auto heads = sweeps.heads(project)) view->x_heads = **heads;
  return view;
}

// A file of sweeps that cannot be read now keeps nobody from following runs.
std::string LiveView::next_sweeps() {
  std::string events;
  const auto heads = x_sweeps.heads(x_project);
  if (!heads || **heads == x_heads) return events;
  for (const auto& [id, seq] : **heads) {
    const auto told = x_heads.find(id);
    if (told != x_heads.end() && told->second == seq) continue;
    events += print_event("sweep", fmt::format("{{\"id\":\"{}\",\"seq\":{}}}", id, seq));
  }
  for (const auto& [id, seq] : x_heads)
    if (!(*heads)->contains(id))
      events += print_event("sweep", fmt::format("{{\"id\":\"{}\",\"removed\":true}}", id));
  x_heads = **heads;
  return events;
}

// A run that is not there yet has no lines.
uint64_t LiveView::count_lines(const std::string& run) const {
  return x_store.count_console(x_project, run).value_or(0);
}

std::string LiveView::hello() const {
  return print_event("hello", fmt::format("{{\"revision\":{}}}", x_tail->revision()));
}

Result<std::string> LiveView::next() {
  TRY(query::Tail::News news, x_tail->next());
  std::string events;
  if (!news.changed.empty() || !news.removed.empty() || news.everything)
    events += print_changes(news);
  for (const query::Tail::Delta& delta : news.deltas)
    events += print_event("points", print_points(delta));
  for (auto& [run, told] : x_lines) {
    const uint64_t lines = count_lines(run);
    if (lines == std::exchange(told, lines)) continue;
    events += print_event("console",
                          fmt::format("{{\"run\":{},\"count\":{}}}", wire::print_json(run), lines));
  }
  return events + next_sweeps();
}

}  // namespace cairn::server
