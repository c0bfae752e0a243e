// Folders and listings of what waits.
#include "client/outbox.h"

#include <algorithm>

#include "base/clock.h"
#include "base/id.h"
#include "wire/json.h"
#include "wire/settings.h"

namespace cairn::client {

using model::Value;

namespace {

constexpr uint64_t kServerFileBytesMax = 64 << 10;
// A living writer samples its machine far more often than it is silent for so long.
constexpr int64_t kForsakenNs = 24 * 3600 * kNsPerSecond;

constexpr int64_t kRememberedNs = 90 * 24 * 3600 * kNsPerSecond;

std::string folder_of_all(const std::string& store_dir) { return store_dir + "/outbox"; }
std::string server_file(const std::string& root) { return root + "/server.json"; }

std::string known_folder(const Outbox& outbox, std::string_view project) {
  return outbox.layout.project(project) + "/known";
}
std::string known_file(const Outbox& outbox, std::string_view project, std::string_view run) {
  return fmt::format("{}/{}.json", known_folder(outbox, project), run);
}

Result<http::Url> read_server(Disk& disk, const std::string& root) {
  TRY(const std::string text, read_file(disk, server_file(root), kServerFileBytesMax));
  TRY(const Value about, wire::parse_json(text));
  const Value* url = about.find("url");
  return http::parse_url(url ? url->string_or("") : "");
}

}  // namespace

Result<Outbox> open_outbox(Disk& disk, const std::string& store_dir, const http::Url& url) {
  Outbox outbox{model::Layout(folder_of_all(store_dir) + "/" + folder_of(url)), url};
  TRY_VOID(wire::open_settings(disk, outbox.layout, true));
  const auto known = read_server(disk, outbox.layout.root());
  if (!known || print_url(*known) != print_url(url)) {
    const Value about(model::Object{{"url", print_url(url)}});
    TRY_VOID(write_file_atomically(disk, server_file(outbox.layout.root()),
                                   wire::print_json(about, wire::Json::kPretty) + "\n"));
  }
  return outbox;
}

Result<std::vector<Outbox>> list_outboxes(Disk& disk, const std::string& store_dir) {
  std::vector<Outbox> outboxes;
  const std::string home = folder_of_all(store_dir);
  const auto entries = disk.list(home);
  if (!entries && entries.error().code() == Code::kNotFound) return outboxes;
  if (!entries) return tl::unexpected(entries.error());
  for (const DirEntry& entry : *entries) {
    if (!entry.is_dir || !is_safe_name(entry.name)) continue;
    const std::string root = home + "/" + entry.name;
    if (auto url = read_server(disk, root))
      outboxes.push_back({model::Layout(root), std::move(*url)});
  }
  return outboxes;
}

Result<std::vector<Waiting>> list_waiting(Disk& disk, const Outbox& outbox) {
  std::vector<Waiting> waiting;
  const auto projects = disk.list(outbox.layout.projects());
  if (!projects && projects.error().code() == Code::kNotFound) return waiting;
  if (!projects) return tl::unexpected(projects.error());
  for (const DirEntry& project : *projects) {
    const auto journals = disk.list(outbox.layout.live(project.name));
    if (!journals) continue;
    for (const DirEntry& entry : *journals) {
      const auto name = model::parse_journal_name(entry.name);
      if (!name) continue;
      const std::string path = outbox.layout.journal(project.name, *name);
      const auto about = disk.info(path);
      if (!about) continue;  // delivered just now
      Waiting journal{project.name, *name, about->bytes, journal::writer_life(disk, path)};
      const bool is_forsaken = wall_now_ns() - about->modified_ns > kForsakenNs;
      if (journal.writer == journal::Life::kUnknown && is_forsaken)
        journal.writer = journal::Life::kDead;
      waiting.push_back(std::move(journal));
    }
  }
  return waiting;
}

Known recall(Disk& disk, const Outbox& outbox, std::string_view project, std::string_view run) {
  const auto text = read_file(disk, known_file(outbox, project, run), kServerFileBytesMax);
  const auto about = text ? wire::parse_json(*text) : tl::unexpected(text.error());
  if (!about) return {};
  const Value* session = about->find("session");
  const Value* next_step = about->find("next_step");
  return {static_cast<int>(session ? session->int_or(0) : 0), next_step ? next_step->int_or(0) : 0};
}

void remember(Disk& disk, const Outbox& outbox, std::string_view project, std::string_view run,
              Known known) {
  const Known before = recall(disk, outbox, project, run);
  if (before.session > known.session) return;
  if (before.session == known.session)  // another rank of it
    known.next_step = std::max(known.next_step, before.next_step);
  const Value about(model::Object{{"session", known.session}, {"next_step", known.next_step}});
  if (!disk.make_dirs(known_folder(outbox, project))) return;
  (void)write_file_atomically(disk, known_file(outbox, project, run), wire::print_json(about));
}

void forget_old(Disk& disk, const Outbox& outbox) {
  const auto projects = disk.list(outbox.layout.projects());
  if (!projects) return;
  for (const DirEntry& project : *projects) {
    const std::string folder = known_folder(outbox, project.name);
    const auto files = disk.list(folder);
    if (!files) continue;
    for (const DirEntry& file : *files) {
      const std::string path = folder + "/" + file.name;
      const auto about = disk.info(path);
      if (about && wall_now_ns() - about->modified_ns > kRememberedNs) (void)disk.remove(path);
    }
  }
}

}  // namespace cairn::client
