// Looking up, waiting, reusing, auditing.
#include "cli/decision.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "base/clock.h"
#include "cli/audit.h"
#include "cli/recall_text.h"
#include "cli/record_run.h"
#include "cli/reuse.h"
#include "cli/text.h"
#include "cli/tracing.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;
using recall::Level;

constexpr int kExitRunning = 12;  // as of `cairn check`
constexpr long kPollNs = 200'000'000;
constexpr double kAuditShare = 0.01;
constexpr double kAuditedByItselfMaxS = 600;  // a dearer run is audited only where it was asked for

void pause() {
  const timespec time{0, kPollNs};
  ::nanosleep(&time, nullptr);
}

bool says_yes() {
  fmt::print(stderr, "use it instead of running again? [Y/n] ");
  std::fflush(stderr);
  const int answer = std::getchar();
  for (int c = answer; c != '\n' && c != EOF;) c = std::getchar();
  return answer == 'y' || answer == 'Y' || answer == '\n';
}

// How many hits this user has had, this one counted: one byte each, so that two processes at once
// count two.
uint64_t count_hit() {
  const auto cache = trace::find_cache_folder(trace::current_environment());
  if (!cache) return 0;
  const int file =
      ::open((*cache + "/hits").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return 0;
  struct stat state {};
  const bool is_counted = ::write(file, ".", 1) == 1 && ::fstat(file, &state) == 0;
  ::close(file);
  return is_counted ? static_cast<uint64_t>(state.st_size) : 0;
}

// Every hundredth, say, for a share of 0.01.
bool is_chosen(uint64_t hit, double share) {
  const auto whole = [&](uint64_t n) {
    return static_cast<uint64_t>(static_cast<double>(n) * share);
  };
  return hit > 0 && whole(hit) > whole(hit - 1);
}

// Why a command is run although others of its program were: the first component that differs.
std::string reason_of(const Relative* best) {
  if (!best) return "first";
  if (!best->match.held_back.empty() && best->match.level <= Level::kEquivalent)
    return best->match.held_back;
  if (best->match.differences.empty()) return std::string(recall::print_level(best->match.level));
  const recall::Difference& first = best->match.differences.front();
  return first.component + ": " + first.name;
}

}  // namespace

Decision::Decision(const RecordCommand& command, const PlannedCommand& planned, const Desk& desk)
    : x_command(command),
      x_planned(planned),
      x_desk(desk),
      x_quick(desk.door, desk.client.url()),
      x_mode(find_mode()),
      x_flight(x_quick, planned) {
  x_quick.hurry();
  x_decision.emplace_back("mode", trace::print_reuse(x_mode));
}

trace::Reuse Decision::find_mode() const {
  if (x_planned.plan.settings.reuse) return *x_planned.plan.settings.reuse;
  const bool can_ask = x_desk.terminal.is_tty() && ::isatty(STDIN_FILENO) == 1;
  return can_ask ? trace::Reuse::kAsk : trace::Reuse::kNever;
}

std::optional<int> Decision::settle() {
  for (;;) {
    const auto leader = x_flight.take();
    const bool is_led = leader && *leader;
    if (x_mode == trace::Reuse::kNever) return std::nullopt;
    if (!leader)  // nobody is waited for then
      Terminal::warn(
          fmt::format("others are not told that this runs: {}", leader.error().message()));
    if (is_led && x_command.inflight == "fail") {
      Terminal::warn(fmt::format("the same is running now: {}", (*leader)->holder));
      return kExitRunning;
    }
    if (is_led && waits_for(**leader)) continue;
    if (recall()) {
      x_flight.give_back();
      return kExitOk;
    }
    return std::nullopt;
  }
}

// True when the leader has come to an end.
bool Decision::waits_for(const Leader& leader) {
  const std::string& how = x_command.inflight;
  const bool is_default_wait = how.empty() && x_mode == trace::Reuse::kAuto;
  if (how != "wait" && how != "attach" && !is_default_wait) return false;
  if (!std::exchange(x_has_waited, true))
    Terminal::warn(
        fmt::format("the same is running as {} ({}): waiting for it; --inflight run starts another",
                    leader.name.empty() ? "a run" : make_printable(leader.name), leader.holder));
  for (;;) {
    const auto now = Flight::find_leader(x_quick, x_planned);
    if (!now || !*now || (*now)->holder != leader.holder) break;
    if (how == "attach") follow(**now);
    pause();
  }
  if (how == "attach") follow(leader);
  return true;
}

// Shows what the leader has printed since.
void Decision::follow(const Leader& leader) {
  if (leader.run.empty() && x_attached.empty()) return;
  if (!leader.run.empty()) x_attached = project_path(leader.project) + "/runs/" + leader.run;
  static_cast<void>(print_console(x_quick, x_attached, x_lines_shown));
}

bool Decision::recall() {
  trace::StatIndex index = open_stat_index();
  const auto found = look_up(x_quick, x_planned, index);
  if (!found) {
    Terminal::warn(fmt::format("not looked up: {}", found.error().message()));
    note("unknown", "not looked up", nullptr);
    return false;
  }
  const Relative* best = found->best();
  note(best ? recall::print_level(best->match.level) : "none", reason_of(best), best);
  if (!best || best->match.level == Level::kDifferent) return false;
  fmt::print(stderr, "cairn: {}", describe(*best, x_desk.terminal));
  if (!best->match.held_back.empty() || x_mode == trace::Reuse::kCheck) {
    fmt::print(stderr, "  {}\n", advise(best));
    return false;
  }
  if (x_mode == trace::Reuse::kAsk && !says_yes()) return false;
  if (x_mode == trace::Reuse::kAuto && is_audit_due(*best)) {
    Terminal::warn("running it all the same, to audit what would have been reused");
    x_audit = *best;
    return false;
  }
  return reuse(*best);
}

bool Decision::is_audit_due(const Relative& relative) const {
  const auto& said = x_planned.plan.settings.audit_share;
  if (!said && relative.past.duration_s > kAuditedByItselfMaxS) return false;
  return is_chosen(count_hit(), said.value_or(kAuditShare));
}

bool Decision::reuse(const Relative& relative) {
  const auto restored = restore_outputs(x_desk.client, x_planned, relative.past.manifest);
  if (!restored) {
    Terminal::warn(fmt::format("its results are known ('cairn show {}'), its outputs are not: {}",
                               relative.past.run, restored.error().message()));
    note("metrics-only", restored.error().message(), &relative);
    return false;
  }
  const std::string path = project_path(relative.past.project) + "/runs/" + relative.past.run;
  size_t shown = x_attached == path ? x_lines_shown : 0;
  if (const auto replayed = print_console(x_desk.client, path, shown); !replayed)
    Terminal::warn(replayed.error().message());
  const auto run = open_run(x_command, x_desk.client, 0);
  record_reuse(*run, relative);
  run->finish(0);
  Terminal::warn(fmt::format(
      "reused {}/{}: {} restored ({}), {} saved", relative.past.project, relative.past.name,
      restored->files == 1 ? "1 output" : fmt::format("{} outputs", restored->files),
      print_bytes(restored->bytes), print_span(relative.past.duration_s)));
  return true;
}

void Decision::note(std::string_view level, std::string_view reason, const Relative* best) {
  x_decision = {{"mode", trace::print_reuse(x_mode)}, {"level", level}, {"reason", reason}};
  if (best) x_decision.emplace_back("run", best->past.project + "/" + best->past.run);
}

void Decision::begin(const client::Run& run) {
  if (!run.is_disabled()) x_flight.tell(run.project(), run.id(), run.name());
}

void Decision::conclude(client::Run& run, const recall::Manifest* manifest, bool is_success) {
  // Without a look-up before, the keys tell what one would have found.
  if (x_mode == trace::Reuse::kNever && manifest) {
    constexpr size_t kOneAndThisRun = 2;
    const auto equal = find_by_key(x_quick, "X", manifest->identity.exact, kOneAndThisRun);
    for (const Value& past : equal ? list_at(*equal, "runs") : model::List()) {
      const std::string id = text_at(past, "id");
      if (!is_success || id == run.id() || text_at(past, "state") != "finished") continue;
      x_decision.emplace_back("would_reuse", text_at(past, "project") + "/" + id);
      break;
    }
  }
  run.add_capture(Object{{"recall", Object{{"decision", x_decision}}}});
}

void Decision::close(const client::Run& run, const recall::Manifest* manifest) {
  if (x_audit && manifest && !run.is_disabled()) {
    const auto said = audit(x_desk.client, *x_audit, run.project(), run.id(), *manifest);
    Terminal::warn(said ? *said : fmt::format("not audited: {}", said.error().message()));
  }
  x_flight.give_back();
}

}  // namespace cairn::cli
