// cairn sync: delivers what runs of this machine could not bring to their servers.
#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "client/delivery.h"
#include "client/outbox.h"
#include "client/remote.h"

namespace cairn::cli {

using client::Delivery;
using client::Outbox;
using client::Remote;
using client::Waiting;
using model::Value;

namespace {

constexpr timespec kSettleWait = {0, 20'000'000};

struct Left {
  Waiting journal;
  std::string why;
};

// What became of one outbox.
struct Outcome {
  Outbox outbox;
  size_t delivered = 0;  // journals
  uint64_t bytes = 0;    // of journals and files
  std::vector<Left> left;
  size_t living = 0;           // journals whose programs deliver them themselves
  std::optional<Error> error;  // what kept everything from being delivered
};

std::string plural(size_t n, std::string_view noun) {
  return fmt::format("{} {}{}", print_count(n), noun, n == 1 ? "" : "s");
}

// One line that is written over again and again, on a terminal only.
class Progress {
 public:
  explicit Progress(bool is_shown) : x_is_shown(is_shown) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const Outcome& outcome, const Delivery& delivery, size_t total) {
    if (!x_is_shown) return;
    const uint64_t bytes =
        outcome.bytes + delivery.bytes_delivered() + delivery.blob_bytes_delivered();
    fmt::print(stderr, "\r\x1b[Kdelivering {} of {}: {}/{}, {}", outcome.delivered + 1, total,
               delivery.project(), delivery.name().run, print_bytes(bytes));
    std::fflush(stderr);
    x_is_dirty = true;
  }
  void clear() {
    if (!std::exchange(x_is_dirty, false)) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }

 private:
  bool x_is_shown, x_is_dirty = false;
};

Result<void> deliver(Delivery& delivery, Remote& remote, const std::function<void()>& on_progress) {
  while (true) {
    TRY(const Delivery::Step step, delivery.advance(remote, true));
    if (step == Delivery::Step::kDone) return {};
    if (step == Delivery::Step::kSettles) ::nanosleep(&kSettleWait, nullptr);
    on_progress();
  }
}

std::string explain(journal::Life writer) {
  return writer == journal::Life::kAlive
             ? "its program is running and delivers it"
             : "its program ran on another host, and perhaps still does";
}

Outcome deliver_all(Disk& disk, Outbox outbox, Progress& progress) {
  Outcome outcome{std::move(outbox), 0, 0, {}, 0, std::nullopt};
  const auto waiting = list_waiting(disk, outcome.outbox);
  if (!waiting) {
    outcome.error = waiting.error();
    return outcome;
  }
  std::vector<Waiting> dead;
  for (const Waiting& journal : *waiting) {
    if (journal.writer == journal::Life::kDead)
      dead.push_back(journal);
    else if (journal.writer == journal::Life::kAlive)
      ++outcome.living;
    else
      outcome.left.push_back({journal, explain(journal.writer)});
  }
  if (dead.empty()) return outcome;
  const http::Url& url = outcome.outbox.url;
  auto remote = Remote::open(url, http::options_from_environment(url));
  if (!remote) outcome.error = remote.error();
  for (const Waiting& journal : dead) {
    if (outcome.error) {
      outcome.left.push_back({journal, outcome.error->message()});
      continue;
    }
    Delivery delivery(disk, outcome.outbox.layout, journal.project, journal.name);
    const auto done =
        deliver(delivery, **remote, [&] { progress.show(outcome, delivery, dead.size()); });
    outcome.bytes += delivery.bytes_delivered() + delivery.blob_bytes_delivered();
    if (done) {
      ++outcome.delivered;
      continue;
    }
    outcome.left.push_back({journal, done.error().message()});
    if (done.error().code() != Code::kConflict) outcome.error = done.error();
  }
  return outcome;
}

Value print_outcome(const Outcome& outcome) {
  Value value;
  value.set("url", print_url(outcome.outbox.url));
  value.set("dir", outcome.outbox.layout.root());
  value.set("delivered", static_cast<int64_t>(outcome.delivered));
  value.set("bytes", static_cast<int64_t>(outcome.bytes));
  value.set("running", static_cast<int64_t>(outcome.living));
  model::List left;
  for (const auto& [journal, why] : outcome.left) {
    Value item;
    item.set("project", journal.project);
    item.set("run", journal.name.run);
    item.set("journal", print_journal_name(journal.name));
    item.set("bytes", static_cast<int64_t>(journal.bytes));
    item.set("why", why);
    left.push_back(std::move(item));
  }
  value.set("left", std::move(left));
  return value;
}

std::string describe(const Outcome& outcome) {
  const std::string where = print_url(outcome.outbox.url);
  std::string text = outcome.delivered > 0  ? fmt::format("delivered {} ({}) to {}\n",
                                                          plural(outcome.delivered, "journal"),
                                                          print_bytes(outcome.bytes), where)
                     : outcome.left.empty() ? fmt::format("nothing waits for {}\n", where)
                                            : std::string();
  if (outcome.living > 0)
    text += fmt::format("{} of programs that run {} delivered by them\n",
                        plural(outcome.living, "journal"), outcome.living == 1 ? "is" : "are");
  // One line for each reason.
  std::map<std::string, std::pair<size_t, uint64_t>> reasons;
  for (const auto& [journal, why] : outcome.left) {
    ++reasons[why].first;
    reasons[why].second += journal.bytes;
  }
  for (const auto& [why, what] : reasons)
    text += fmt::format("{} ({}) {} left in {}: {}\n", plural(what.first, "journal"),
                        print_bytes(what.second), what.first == 1 ? "is" : "are",
                        outcome.outbox.layout.root(), make_printable(why));
  return text;
}

int exit_code_of(const std::vector<Outcome>& outcomes) {
  int code = kExitOk;
  for (const Outcome& outcome : outcomes) {
    if (outcome.error)
      code = std::max(code, outcome.error->code() == Code::kInvalid ? kExitInvalid : kExitBroken);
    else if (!outcome.left.empty())
      code = std::max(code, kExitConflict);
  }
  return code;
}

}  // namespace

Result<int> execute(const DeliverOutbox& command, const Desk& desk) {
  Disk& disk = posix_disk();
  std::string only;
  if (!command.url.empty()) {
    TRY(const http::Url url, http::parse_url(command.url));
    only = print_url(url);
  }
  TRY(const std::vector<Outbox> outboxes, client::list_outboxes(disk, desk.client.dir()));
  std::vector<Outcome> outcomes;
  Progress progress(!command.as_json && desk.terminal.is_tty());
  for (const Outbox& outbox : outboxes)
    if (only.empty() || print_url(outbox.url) == only)
      outcomes.push_back(deliver_all(disk, outbox, progress));
  progress.clear();
  if (command.as_json) {
    model::List printed;
    for (const Outcome& outcome : outcomes) printed.push_back(print_outcome(outcome));
    print_json(Value(model::Object{{"outboxes", std::move(printed)}}), desk.terminal);
    return exit_code_of(outcomes);
  }
  std::string text;
  for (const Outcome& outcome : outcomes) text += describe(outcome);
  if (outcomes.empty())
    text = fmt::format("nothing waits for {} ({})\n", only.empty() ? "a server" : only,
                       desk.client.dir());
  desk.terminal.print(text);
  return exit_code_of(outcomes);
}

}  // namespace cairn::cli
