// Applying events to a run's record.
#include "store/run_record.h"

#include <algorithm>
#include <cmath>

namespace cairn::store {

using namespace model;

namespace {

// An event that carries no object changes nothing.
void merge_members(const Value* change, Value& into) {
  if (change && change->as_object()) into.merge(*change);
}

void apply_attributes(const Value& change, RunInfo& info) {
  const auto text = [&](std::string_view key, std::string& field) {
    if (const Value* v = change.find(key)) field = v->string_or("");
  };
  text("name", info.name);
  text("notes", info.notes);
  text("group", info.group);
  text("job_type", info.job_type);
  if (const Value* tags = change.find("tags"); tags && tags->as_list()) {
    info.tags.clear();
    for (const Value& tag : *tags->as_list()) info.tags.emplace_back(tag.string_or(""));
  }
  if (const Value* archived = change.find("archived"); archived && archived->as_bool())
    info.archived = *archived->as_bool();
}

void apply_began(const RunBegan& event, int session, WriterState& writer, RunInfo& info) {
  const Value& about = event.about;
  writer.began = true;
  const Value* created = about.find("created_ns");
  const int64_t created_ns = created ? created->int_or(0) : 0;
  writer.first_ns = writer.last_ns = created_ns;
  const auto flag = [&](std::string_view key) {
    const Value* v = about.find(key);
    return v && v->as_bool() && *v->as_bool();
  };
  writer.secondary = flag("forked") || flag("edit");
  if (created_ns > 0 && (info.created_ns == 0 || created_ns < info.created_ns))
    info.created_ns = created_ns;
  info.sessions = std::max(info.sessions, session);
  if (flag("forked")) return;  // repeats what its parent said
  apply_attributes(about, info);
  merge_members(about.find("config"), info.config);
  merge_members(about.find("meta"), info.meta);
}

// One aggregate of a series; null when it is no number.
Value aggregate(const SeriesStats& stats, std::string_view what, std::string_view goal) {
  const auto numbers = static_cast<double>(stats.count - stats.nan_count);
  if (what == "min" || (what == "best" && goal == "minimize")) return stats.min;
  if (what == "max" || what == "best") return stats.max;
  if (what == "mean") return stats.sum / numbers;
  if (what == "first") return stats.first;
  return stats.last;
}

// The names in "min,max" or ["min", "max"].
std::vector<std::string> wanted_aggregates(const Value& definition) {
  std::vector<std::string> wanted;
  const Value* summary = definition.find("summary");
  if (!summary) return wanted;
  if (const List* list = summary->as_list()) {
    for (const Value& item : *list) wanted.emplace_back(item.string_or(""));
  } else {
    std::string_view text = summary->string_or("");
    while (!text.empty()) {
      const size_t comma = std::min(text.find(','), text.size());
      wanted.emplace_back(text.substr(0, comma));
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
  }
  return wanted;
}

// One function for each kind of fact; rows, shapes, console text and records are none.
struct FactApplier {
  int session;
  WriterState& writer;
  RunInfo& info;
  std::vector<Value>& artifacts;

  void operator()(const RunBegan& e) { apply_began(e, session, writer, info); }
  void operator()(const ConfigChanged& e) { merge_members(&e.change, info.config); }
  void operator()(const SummaryChanged& e) { merge_members(&e.change, info.summary); }
  void operator()(const AttributesChanged& e) { apply_attributes(e.change, info); }
  void operator()(const CaptureAdded& e) { merge_members(&e.facts, info.meta); }
  void operator()(const MetricDefined& e) {
    Value change;
    change.set(e.name, e.definition);
    info.metrics.merge(change);
  }
  void operator()(const ArtifactLogged& e) { artifacts.push_back(e.artifact); }
  void operator()(const LossCounted& e) {
    for_each_leaf(e.counts, [&](const std::string& what, const Value& count) {
      writer.losses[what] = count.int_or(0);
    });
  }
  void operator()(const RunFinished& e) {
    writer.exit_code = e.exit_code;
    writer.reason = e.reason;
    writer.last_ns = std::max(writer.last_ns, e.time_ns);
  }
  void operator()(const ShapeDefined&) {}
  void operator()(const RowLogged&) {}
  void operator()(const ConsoleWritten&) {}
  void operator()(const RecordLogged&) {}
};

}  // namespace

void apply_fact(const Event& event, int session, WriterState& writer, RunInfo& info,
                std::vector<Value>& artifacts) {
  std::visit(FactApplier{session, writer, info, artifacts}, event);
}

int64_t visible_below(const StepsBySession& steps, int session) {
  int64_t below = std::numeric_limits<int64_t>::max();
  for (auto later = steps.upper_bound(session); later != steps.end(); ++later)
    if (later->second.first) below = std::min(below, *later->second.first);
  return below;
}

bool is_rewound(const StepsBySession& steps) {
  return std::any_of(steps.begin(), steps.end(), [&](const auto& session) {
    return session.second.last >= visible_below(steps, session.first);
  });
}

void settle_state(const std::map<std::string, WriterState>& writers, RunInfo& info) {
  int last_session = 0;
  for (const auto& [name, w] : writers)
    if (!w.secondary && w.began) last_session = std::max(last_session, w.session);
  std::map<std::string, int64_t> losses;
  for_each_leaf(info.losses, [&](const std::string& what, const Value& count) {
    if (!what.empty()) losses[what] = count.int_or(0);
  });
  bool any_running = false, any_unknown = false, any_crashed = false;
  std::optional<int> exit_code;
  std::string reason;
  int64_t last_ns = 0;
  for (const auto& [name, w] : writers) {
    for (const auto& [what, count] : w.losses) losses[what] += count;
    last_ns = std::max(last_ns, w.last_ns);
    if (w.secondary || !w.began || w.session != last_session) continue;
    if (w.exit_code) {
      if (!exit_code || *exit_code == 0) {
        exit_code = *w.exit_code;
        reason = w.reason;
      }
    } else if (w.has_ended()) {
      any_crashed = true;
    } else {
      any_running = true;
      any_unknown |= w.liveness == Liveness::kUnknown;
    }
  }
  info.updated_ns = std::max(info.updated_ns, last_ns);
  for (const auto& [what, count] : losses) info.losses.set(what, count);
  if (last_session == 0) return;  // only editors and forks: the record stands as it was
  info.exit_code = any_running ? std::nullopt : exit_code;
  info.ended_ns = any_running ? std::nullopt : std::optional(last_ns);
  info.liveness = !any_running  ? Liveness::kEnded
                  : any_unknown ? Liveness::kUnknown
                                : Liveness::kAlive;
  info.state = any_running                  ? RunState::kRunning
               : any_crashed                ? RunState::kCrashed
               : exit_code.value_or(0) != 0 ? RunState::kFailed
                                            : RunState::kFinished;
  if (!any_running && !reason.empty())
    info.meta.set("end_reason", reason);
  else
    info.meta.erase("end_reason");  // of an earlier session
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // let the last star take one more character
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

const Value* find_metric(const Value& metrics, std::string_view key) {
  const Object* definitions = metrics.as_object();
  if (!definitions) return nullptr;
  const Value* best = nullptr;
  size_t best_length = 0;
  for (const auto& [pattern, definition] : *definitions) {
    if (pattern == key) return &definition;
    if (pattern.size() >= best_length && glob_matches(pattern, key)) {
      best = &definition;
      best_length = pattern.size();
    }
  }
  return best;
}

Value summarise_run(const Value& explicit_summary, const Value& metrics, const StatsByKey& series) {
  Value summary{Object{}};
  Object& members = *summary.as_object();
  members.reserve(series.size());
  const Object* definitions = metrics.as_object();
  const bool any_defined = definitions && !definitions->empty();
  for (const auto& [key, info] : series) {
    if (info.stream != Stream::kHistory || info.stats.count == 0) continue;
    const Value* definition = any_defined ? find_metric(metrics, key) : nullptr;
    if (!definition) {
      members.emplace_back(key, info.stats.last);
      continue;
    }
    const Value* goal = definition->find("goal");
    const std::vector<std::string> wanted = wanted_aggregates(*definition);
    if (wanted.size() == 1 && (wanted[0] == "none" || wanted[0] == "copy")) continue;
    const std::string_view goal_text = goal ? goal->string_or("") : "";
    const std::string_view first = wanted.empty() ? std::string_view("last") : wanted[0];
    members.emplace_back(key, aggregate(info.stats, first, goal_text));
    if (wanted.size() > 1)
      for (const std::string& what : wanted)
        members.emplace_back(key + "." + what, aggregate(info.stats, what, goal_text));
  }
  summary.merge(explicit_summary.as_object() ? explicit_summary : Value(Object{}));
  return summary;
}

Value print_run(const RunInfo& r) {
  Value v;
  v.set("id", r.id);
  v.set("project", r.project);
  v.set("name", r.name);
  v.set("state", print_state(r.state));
  v.set("liveness", static_cast<int64_t>(r.liveness));
  v.set("created_ns", r.created_ns);
  if (r.ended_ns) v.set("ended_ns", *r.ended_ns);
  v.set("updated_ns", r.updated_ns);
  if (r.exit_code) v.set("exit_code", *r.exit_code);
  List tags;
  for (const std::string& tag : r.tags) tags.emplace_back(tag);
  v.set("tags", std::move(tags));
  v.set("notes", r.notes);
  v.set("group", r.group);
  v.set("job_type", r.job_type);
  v.set("config", r.config);
  v.set("summary", r.summary);
  v.set("meta", r.meta);
  v.set("metrics", r.metrics);
  v.set("losses", r.losses);
  v.set("last_step", r.last_step);
  v.set("sessions", r.sessions);
  if (r.archived) v.set("archived", true);
  return v;
}

Result<RunInfo> parse_run(const Value& v) {
  if (!v.as_object()) return fail(Code::kCorrupt, "expected a run's record, found another value");
  RunInfo r;
  for (const auto& [key, member] : *v.as_object()) {
    if (key == "id")
      r.id = member.string_or("");
    else if (key == "project")
      r.project = member.string_or("");
    else if (key == "name")
      r.name = member.string_or("");
    else if (key == "state")
      r.state = parse_state(member.string_or("")).value_or(RunState::kCrashed);
    else if (key == "liveness")
      r.liveness = static_cast<Liveness>(member.int_or(0) % 3);
    else if (key == "created_ns")
      r.created_ns = member.int_or(0);
    else if (key == "ended_ns")
      r.ended_ns = member.int_or(0);
    else if (key == "updated_ns")
      r.updated_ns = member.int_or(0);
    else if (key == "exit_code")
      r.exit_code = static_cast<int>(member.int_or(0));
    else if (key == "tags" && member.as_list())
      for (const Value& tag : *member.as_list()) r.tags.emplace_back(tag.string_or(""));
    else if (key == "notes")
      r.notes = member.string_or("");
    else if (key == "group")
      r.group = member.string_or("");
    else if (key == "job_type")
      r.job_type = member.string_or("");
    else if (key == "config")
      r.config = member;
    else if (key == "summary")
      r.summary = member;
    else if (key == "meta")
      r.meta = member;
    else if (key == "metrics")
      r.metrics = member;
    else if (key == "losses")
      r.losses = member;
    else if (key == "last_step")
      r.last_step = member.int_or(-1);
    else if (key == "sessions")
      r.sessions = static_cast<int>(member.int_or(1));
    else if (key == "archived")
      r.archived = member.as_bool() && *member.as_bool();
  }
  return r;
}

}  // namespace cairn::store
