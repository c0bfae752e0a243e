// Run: opening, the guarded calls, finishing.
#include "client/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "blobs/blobs.h"
#include "client/background.h"
#include "client/energy_watch.h"
#include "client/folder.h"
#include "client/outbox.h"
#include "client/recorder.h"
#include "client/remote.h"
#include "client/uploader.h"
#include "model/secret.h"
#include "probe/probe.h"
#include "wire/settings.h"

namespace cairn::client {

using model::Value;

namespace {

// finish() waits this long for the thread (a git diff that is being read, a slow disk), then
// leaves.
constexpr double kStopWaitS = 3;
constexpr double kDeliverWaitS = 5;
constexpr int64_t kAskLimitMs = 2000;  // for a server that is asked about a run before it begins

void warn_on_stderr(const std::string& line) {
  const std::string text = "cairn: " + line + "\n";
  // A single write, past the host's own buffers and redirections of sys.stderr.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

std::vector<std::string> own_argv() {
  const auto text = read_file(posix_disk(), "/proc/self/cmdline", 1 << 20);
  std::vector<std::string> argv;
  if (!text) return argv;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\0', at), text->size());
    argv.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return argv;
}

std::string working_dir() {
  char buffer[4096];
  return getcwd(buffer, sizeof buffer) ? std::string(buffer) : std::string(".");
}

Value list_of(const std::vector<std::string>& texts) {
  model::List list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

bool is_off(const char* variable) {
  const char* const value = std::getenv(variable);
  return value && std::string_view(value) == "0";
}

bool capture_wanted(const RunOptions& options) {
  return options.capture && !is_off("CAIRN_CAPTURE");
}

bool energy_wanted(const RunOptions& options) {
  return options.energy && options.sample_period_s > 0 && !is_off("CAIRN_ENERGY");
}

Value describe_meta(const RunOptions& o, const std::function<void(const std::string&)>& warn) {
  Value meta;
  if (energy_wanted(o))
    if (Value place = place_from_environment(warn); !place.is_null())
      meta.set("place", std::move(place));
  if (!capture_wanted(o)) return meta;
  meta.set("argv", list_of(model::redact_argv(o.argv.empty() ? own_argv() : o.argv)));
  meta.set("cwd", working_dir());
  meta.set("pid", static_cast<int64_t>(getpid()));
  if (!o.entry.empty()) meta.set("entry", o.entry);
  // Here and not in the background: both read the environment, which the host's threads may change.
  meta.set("host", probe::host_facts());
  meta.set("environment", probe::environment_facts());
  return meta;
}

// What is known when the run begins: the content of RunBegan.
Value describe(const RunOptions& o, const std::string& name, int session, bool joins,
               const std::function<void(const std::string&)>& warn) {
  Value about;
  about.set("project", o.project);
  about.set("created_ns", wall_now_ns());
  about.set("session", session);
  // A rank that joins a living run adds to it; it does not rename it.
  if (!joins || !o.name.empty()) about.set("name", name);
  if (!o.tags.empty()) about.set("tags", list_of(o.tags));
  if (!o.notes.empty()) about.set("notes", o.notes);
  if (!o.group.empty()) about.set("group", o.group);
  if (!o.job_type.empty()) about.set("job_type", o.job_type);
  if (const auto* config = o.config.as_object(); config && !config->empty()) {
    Value clean = o.config;
    model::redact(clean);
    about.set("config", std::move(clean));
  }
  if (Value meta = describe_meta(o, warn); !meta.is_null()) about.set("meta", std::move(meta));
  return about;
}

Result<void> check_names(const RunOptions& o) {
  if (!is_safe_name(o.project))
    return fail(Code::kInvalid,
                "expected a project name of 1 to {} letters, digits, '.', '_' or '-' that does not "
                "begin with '.', found '{}'",
                kNameBytesMax, o.project.substr(0, 200));
  if (!o.id.empty() && !is_safe_name(o.id))
    return fail(Code::kInvalid,
                "expected a run id of 1 to {} letters, digits, '.', '_' or '-' that does not begin "
                "with '.', found '{}'",
                kNameBytesMax, o.id.substr(0, 200));
  if (!o.config.is_null() && !o.config.as_object())
    return fail(Code::kInvalid,
                "expected a config of names and values, found another kind of value");
  return {};
}

Value print_ref(const blobs::BlobRef& ref) {
  Value value;
  value.set("sha256", ref.sha256);
  value.set("bytes", static_cast<int64_t>(ref.bytes));
  return value;
}

// Where a run that belongs to a server waits for it; nothing when it belongs to the folder.
Result<std::optional<Outbox>> find_outbox(Disk& disk, const RunOptions& o, const std::string& dir) {
  const char* env = std::getenv("CAIRN_URL");
  const std::string url = !o.url.empty() ? o.url : env ? env : "";
  if (url.empty()) return std::nullopt;
  TRY(const http::Url parsed, http::parse_url(url));
  TRY(Outbox outbox, open_outbox(disk, dir, parsed));
  return outbox;
}

Result<Remote::Session> ask_server(const Outbox& outbox, http::Options network,
                                   const RunOptions& o) {
  network.total_limit_ms = kAskLimitMs;
  TRY(const auto remote, Remote::open(outbox.url, std::move(network)));
  return remote->find_session(o.project, o.id);
}

// Adds what the server knows of the run to what the outbox knows. When it cannot be asked, what
// this machine remembers has to do; the answer is what to tell the user then.
std::string look_further(Disk& disk, const Outbox& outbox, const http::Options& network,
                         RunOptions& o, Existing& before) {
  const Known known = recall(disk, outbox, o.project, o.id);
  const auto asked = ask_server(outbox, network, o);
  const int session = asked ? asked->session : known.session;
  before.exists |= session > 0;
  before.is_alive |= asked && asked->is_alive;
  before.session = std::max(before.session, session);
  int64_t next_step = known.next_step;
  if (asked) next_step = asked->last_step ? *asked->last_step + 1 : 0;
  const bool goes_on = o.resume == Resume::kAllow || o.resume == Resume::kMust;
  if (o.next_step == 0 && goes_on) o.next_step = next_step;
  if (asked) return {};
  return fmt::format("run {}: {}; it goes on as session {}, as if the server had no later one",
                     o.id, asked.error().message(), before.session + 1);
}

Result<Value> put_blob(blobs::Blobs& blobs, std::string_view content) {
  TRY(const blobs::BlobRef ref, blobs.put(content));
  return print_ref(ref);
}

}  // namespace

struct Run::State {
  std::string id, name, project, dir, url;
  int session = 1;
  std::function<void(const std::string&)> warn;
  std::shared_ptr<blobs::Blobs> blobs;
  std::shared_ptr<Recorder> recorder;  // null: disabled
  std::unique_ptr<Background> background;
  bool is_energy_watched = false;
  std::optional<Outbox> outbox;        // nothing: the store's folder is the run's place
  std::unique_ptr<Uploader> uploader;  // null: nothing is sent
  bool is_known = false;               // the user may come back to it by its id
  std::atomic<bool> broken = false;    // a mistake of ours: nothing more is recorded

  // Runs `work`; whatever goes wrong inside it stays inside.
  template <typename Work>
  void guarded(const Work& work) noexcept {
    if (!recorder || broken.load(std::memory_order_relaxed)) return;
    try {
      work(*recorder);
    } catch (const CheckFailed& check) {
      detach(fmt::format("internal error: {} ({}:{})", check.condition, check.file, check.line));
    } catch (const std::exception& error) {
      detach(error.what());
    } catch (...) {
      detach("unknown error");
    }
  }
  void detach(std::string_view why) noexcept {
    if (broken.exchange(true)) return;
    try {
      warn(fmt::format("run {}: recording stopped: {}; training goes on", id, why));
    } catch (...) {  // there is no one left to tell
    }
  }
  // The parent's threads do not exist in a forked child. What delivers for the parent, if anything.
  std::optional<Uploader::Plan> forget_threads() {
    if (background) background->forget();
    background.reset();
    std::optional<Uploader::Plan> plan;
    if (uploader) plan = uploader->forget();
    uploader.reset();
    return plan;
  }
  void continue_in_child() {
    auto plan = forget_threads();
    Background::Plan quiet;  // the parent samples and captures
    quiet.capture = false;
    quiet.sample_period_s = 0;
    quiet.energy = is_energy_watched;  // the parent's meter leaves us out then
    quiet.sample_pid = getpid();
    background = std::make_unique<Background>(recorder, std::move(quiet));
    if (plan) uploader = std::make_unique<Uploader>(posix_disk(), recorder, std::move(*plan));
  }
};

Run::Run(std::unique_ptr<State> state) : x_state(std::move(state)) {}

Run::~Run() {
  // Without finish() this is what a crash looks like, except that the thread must not outlive us.
  if (x_state->recorder && !x_state->recorder->is_ours()) x_state->forget_threads();
  if (x_state->background) x_state->background->stop(kStopWaitS);
  if (x_state->uploader) x_state->uploader->stop(kStopWaitS);
}

Result<std::unique_ptr<Run>> Run::open(RunOptions o) {
  set_check_handler([](const CheckFailed& check) { throw check; });
  TRY_VOID(check_names(o));
  auto state = std::make_unique<State>();
  state->warn = o.warn ? o.warn : warn_on_stderr;
  state->dir = find_store_dir(o.dir, working_dir());
  state->project = o.project;
  Disk& disk = posix_disk();
  TRY(const auto outbox, find_outbox(disk, o, state->dir));
  const model::Layout layout = outbox ? outbox->layout : model::Layout(state->dir);
  TRY_VOID(wire::open_settings(disk, layout, true));
  http::Options network;
  if (outbox) {
    state->url = print_url(outbox->url);
    network = http::options_from_environment(outbox->url);
  }

  Existing before;
  if (!o.id.empty()) before = find_existing(disk, layout, o.project, o.id);
  bool is_unsure = false;  // whether there is such a run
  if (!o.id.empty() && outbox && !before.is_alive) {
    const std::string unasked = look_further(disk, *outbox, network, o, before);
    is_unsure = !unasked.empty() && !before.exists;
    if (!unasked.empty()) state->warn(unasked);
  }
  if (o.resume == Resume::kMust && !before.exists && !is_unsure)
    return fail(Code::kNotFound, "expected run '{}' to resume, found none in project '{}' ({})",
                o.id, o.project, outbox ? state->url : state->dir);
  if (o.resume == Resume::kNever && before.exists)
    return fail(Code::kConflict, "expected a new run, found run '{}' in project '{}' ({})", o.id,
                o.project, outbox ? state->url : state->dir);
  state->id = o.id.empty() ? make_id() : o.id;
  state->name = o.name.empty() ? make_name() : o.name.substr(0, kDisplayNameBytesMax);
  state->session = before.is_alive ? before.session : before.session + 1;

  State* raw = state.get();  // the recorder lives inside the state
  Recorder::Place place{layout, o.project, state->id, state->session};
  state->recorder = std::make_shared<Recorder>(disk, std::move(place), state->warn,
                                               [raw] { raw->continue_in_child(); });
  TRY_VOID(
      state->recorder->open(describe(o, state->name, state->session, before.exists, state->warn)));
  state->recorder->set_next_step(o.next_step);
  state->outbox = outbox;
  state->is_known = outbox && !o.id.empty();
  if (state->is_known) remember(disk, *outbox, o.project, o.id, {state->session, o.next_step});
  state->blobs = std::make_shared<blobs::Blobs>(disk, layout.blobs());
  Background::Plan plan;
  plan.capture = capture_wanted(o);
  plan.sample_period_s = o.sample_period_s;
  plan.sample_pid = o.sample_pid;
  plan.energy = state->is_energy_watched = energy_wanted(o);
  plan.package_folders = std::move(o.package_folders);
  plan.put_bytes = [blobs = state->blobs](std::string_view bytes) {
    return put_blob(*blobs, bytes);
  };
  state->background = std::make_unique<Background>(state->recorder, std::move(plan));
  if (outbox && o.deliver)
    state->uploader = std::make_unique<Uploader>(
        disk, state->recorder, Uploader::Plan{*outbox, std::move(network), true, state->warn});
  return std::unique_ptr<Run>(new Run(std::move(state)));
}

std::unique_ptr<Run> Run::disabled() {
  auto state = std::make_unique<State>();
  state->id = make_id();
  state->name = make_name();
  state->warn = warn_on_stderr;
  return std::unique_ptr<Run>(new Run(std::move(state)));
}

const std::string& Run::id() const { return x_state->id; }
const std::string& Run::name() const { return x_state->name; }
const std::string& Run::project() const { return x_state->project; }
const std::string& Run::dir() const { return x_state->dir; }
const std::string& Run::url() const { return x_state->url; }
int Run::session() const { return x_state->session; }
bool Run::is_disabled() const { return !x_state->recorder; }

void Run::log(std::span<const std::pair<std::string_view, double>> row, std::optional<int64_t> step,
              bool advance) {
  x_state->guarded([&](Recorder& r) { r.log_named(row, step, advance); });
}

const Shape* Run::shape(std::span<const std::string_view> keys) {
  const Shape* shape = nullptr;
  x_state->guarded([&](Recorder& r) { shape = r.shape(keys, model::Stream::kHistory); });
  return shape;
}

void Run::log(const Shape* shape, std::span<const double> values, std::optional<int64_t> step,
              bool advance) {
  x_state->guarded([&](Recorder& r) { r.log(shape, values, step, advance); });
}

int64_t Run::next_step() const {
  int64_t step = 0;
  x_state->guarded([&](Recorder& r) { step = r.next_step(); });
  return step;
}

void Run::log_record(std::string_view key, Value record, std::optional<int64_t> step,
                     bool advance) {
  x_state->guarded([&](Recorder& r) { r.log_record(key, std::move(record), step, advance); });
}

void Run::update_config(Value change) {
  x_state->guarded([&](Recorder& r) {
    model::redact(change);
    r.append(model::ConfigChanged{std::move(change)});
  });
}

void Run::update_summary(Value change) {
  x_state->guarded([&](Recorder& r) { r.append(model::SummaryChanged{std::move(change)}); });
}

void Run::set_attributes(Value change) {
  x_state->guarded([&](Recorder& r) {
    if (const Value* name = change.find("name")) x_state->name = name->string_or("");
    r.append(model::AttributesChanged{std::move(change)});
  });
}

void Run::add_capture(Value facts) {
  x_state->guarded([&](Recorder& r) {
    model::redact(facts);
    r.append(model::CaptureAdded{std::move(facts)});
  });
}

void Run::define_metric(std::string_view name, Value definition) {
  x_state->guarded([&](Recorder& r) {
    r.append(model::MetricDefined{std::string(name), std::move(definition)});
  });
}

void Run::console(int stream, std::string_view text) {
  x_state->guarded([&](Recorder& r) { r.console(stream, text); });
}

void Run::log_artifact(Value artifact) {
  x_state->guarded([&](Recorder& r) {
    artifact.set("time_ns", wall_now_ns());  // what orders versions and aliases between runs
    r.append(model::ArtifactLogged{std::move(artifact)});
  });
}

std::optional<model::EnergyRecord> Run::energy() const {
  std::optional<model::EnergyRecord> energy;
  x_state->guarded([&](Recorder& r) {
    // In a forked child the parent's background, and its lock, are not to be touched.
    if (x_state->background && r.is_ours()) energy = x_state->background->energy();
  });
  return energy;
}

Result<Value> Run::put_file(const std::string& path) {
  if (!x_state->blobs) return fail(Code::kUnavailable, "expected a run that records, found none");
  TRY(const blobs::BlobRef ref, x_state->blobs->put_file(path));
  return print_ref(ref);
}

Result<Value> Run::put_bytes(std::string_view content) {
  if (!x_state->blobs) return fail(Code::kUnavailable, "expected a run that records, found none");
  return put_blob(*x_state->blobs, content);
}

void Run::count_loss(std::string_view what, uint64_t count, std::string_view reason) {
  x_state->guarded([&](Recorder& r) { r.count_loss(what, count, reason); });
}

Value Run::losses() const {
  Value losses{model::Object{}};
  x_state->guarded([&](Recorder& r) { losses = r.losses(); });
  return losses;
}

Result<void> Run::sync() {
  Result<void> synced;
  x_state->guarded([&](Recorder& r) { synced = r.sync(); });
  return synced;
}

void Run::finish(int exit_code, std::string_view reason) {
  x_state->guarded([&](Recorder& r) {
    // A forked child that never logged has nothing to end, and its parent's end is not its own.
    if (!r.is_ours() || r.is_finished()) return;
    if (x_state->background) x_state->background->stop(kStopWaitS);
    if (auto closed = r.finish(exit_code, reason); !closed)
      x_state->warn(fmt::format("run {}: the end could not be written: {}", x_state->id,
                                closed.error().message()));
    const Value losses = r.losses();
    std::string lost;
    for (const auto& [what, count] : *losses.as_object())
      lost += fmt::format("{}{} {}", lost.empty() ? "" : ", ", count.int_or(0), what);
    if (!lost.empty()) x_state->warn(fmt::format("run {}: not kept: {}", x_state->id, lost));
    if (x_state->is_known)
      remember(posix_disk(), *x_state->outbox, x_state->project, x_state->id,
               {x_state->session, r.next_step()});
    if (!x_state->uploader) return;
    if (const std::string left = x_state->uploader->finish(kDeliverWaitS); !left.empty())
      x_state->warn(left);
  });
}

}  // namespace cairn::client
