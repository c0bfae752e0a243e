// Leases of commands.
#include "cli/flight.h"

#include <chrono>

#include "base/disk.h"
#include "base/hash.h"
#include "server/leases.h"
#include "store/store.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;

constexpr int kHeartbeatS = 30;
constexpr int kLeaseS = 2 * kHeartbeatS;

std::string path_of(const std::string& key) { return "/leases/" + key; }

Leader leader_of(const Value& lease) {
  const Value& detail = value_at(lease, "detail");
  return {text_at(lease, "holder"), text_at(detail, "project"), text_at(detail, "run"),
          text_at(detail, "name"), int_at(lease, "since_ns")};
}

Result<Value> post(DoorClient& client, const std::string& key, const std::string& holder,
                   const Value& detail) {
  return client.send("POST", path_of(key), {},
                     Object{{"holder", holder}, {"ttl_s", kLeaseS}, {"detail", detail}});
}

}  // namespace

std::string Flight::key_of(const PlannedCommand& planned) {
  const recall::Program& program = planned.plan.program;
  const Value what = Object{
      {"launcher", program.launcher},     {"entry", program.entry},
      {"digest", program.digest},         {"folder", planned.folder},
      {"root", planned.workspace.root()}, {"config", trace::canonical_config(planned.plan.config)}};
  constexpr size_t kKeyDigits = 32;
  return "run:" + print_hex(sha256(wire::print_json(what))).substr(0, kKeyDigits);
}

Result<std::optional<Leader>> Flight::find_leader(DoorClient& client,
                                                  const PlannedCommand& planned) {
  const auto lease = client.get(path_of(key_of(planned)));
  if (!lease && lease.error().code() == Code::kNotFound) return std::nullopt;
  TRY_VOID(lease);
  return leader_of(*lease);
}

Flight::Flight(DoorClient& client, const PlannedCommand& planned)
    : x_client(client), x_key(key_of(planned)), x_holder(server::this_process() + " cairn run") {}

Flight::~Flight() { give_back(); }

Result<std::optional<Leader>> Flight::take() {
  auto asked = post(x_client, x_key, x_holder, x_detail);
  if (!asked && asked.error().code() == Code::kNotFound && x_client.url().empty()) {
    // The first run of a folder is led, too.
    TRY_VOID(store::open_embedded(posix_disk(), x_client.dir(), /*create=*/true));
    asked = post(x_client, x_key, x_holder, x_detail);
  }
  TRY(const Value lease, asked);
  x_is_held = flag_at(lease, "granted");
  if (x_is_held) return std::nullopt;
  return leader_of(lease);
}

void Flight::tell(const std::string& project, const std::string& run, const std::string& name) {
  if (!x_is_held || x_thread.joinable()) return;
  x_detail = Object{{"project", project}, {"run", run}, {"name", name}};
  static_cast<void>(post(x_client, x_key, x_holder, x_detail));
  x_thread = std::thread([this] { keep(); });
}

// With clients of its own: that of the command belongs to the main thread.
void Flight::keep() {
  server::Door door(posix_disk(), x_client.dir());
  std::unique_lock lock(x_mutex);
  while (!x_wake.wait_for(lock, std::chrono::seconds(kHeartbeatS), [&] { return x_is_over; })) {
    DoorClient client(door, x_client.url());  // a new one: a server that was away may be back
    client.hurry();
    static_cast<void>(post(client, x_key, x_holder, x_detail));
  }
}

void Flight::give_back() {
  if (x_thread.joinable()) {
    {
      const std::lock_guard lock(x_mutex);
      x_is_over = true;
    }
    x_wake.notify_all();
    x_thread.join();
  }
  if (std::exchange(x_is_held, false))
    static_cast<void>(x_client.send("DELETE", path_of(x_key), {{"holder", x_holder}}));
}

}  // namespace cairn::cli
