// What doctor asks of a project: every checksum of every file.
#include <fmt/format.h>

#include "journal/journal.h"
#include "store/project_store.h"

namespace cairn::store {
namespace {

// Reads every frame of a journal or pack.
void verify_frames(Disk& disk, const std::string& path, bool is_pack, Check& check) {
  ++check.files;
  auto reader = journal::Reader::open(disk, path);
  if (!reader) {
    auto& list = reader.error().code() == Code::kUnavailable ? check.notes : check.damage;
    list.push_back(reader.error().message());
    return;
  }
  journal::Frame frame;
  while (true) {
    const auto more = (*reader)->next(frame);
    if (!more) {
      check.damage.push_back(more.error().message());
      return;
    }
    if (!*more) break;
    ++check.frames;
    check.bytes += frame.payload.size();
  }
  for (const journal::Damage& d : (*reader)->damage())
    check.damage.push_back(fmt::format("{} bytes at {} are no frame and were stepped over ({})",
                                       d.bytes, d.offset, path));
  const auto tail = (*reader)->tail_bytes();
  if (!tail || *tail == 0) return;
  if (is_pack)
    check.damage.push_back(fmt::format("{} bytes at the end are no frame ({})", *tail, path));
  else if (journal::writer_life(disk, path) == journal::Life::kDead)
    check.notes.push_back(
        fmt::format("{} bytes of a frame that was never finished are ignored ({})", *tail, path));
}

}  // namespace

Result<void> ProjectStore::verify(Check& check) {
  if (!x_writable)
    check.notes.push_back(
        fmt::format("nothing can be written here; runs are read from journals and "
                    "packs alone ({})",
                    x_place.index));
  if (x_write_trouble)
    check.notes.push_back(fmt::format(
        "a run could not be written out and stays in its journals: {}", *x_write_trouble));
  TRY(Statement quick, x_index.database().prepare("PRAGMA quick_check"));
  const auto row = quick.step();
  if (!row)
    check.damage.push_back(row.error().message());
  else if (*row && quick.bytes(0) != "ok")
    check.damage.push_back(
        fmt::format("the index is damaged: {}; `cairn doctor --rebuild` makes it "
                    "again ({})",
                    quick.bytes(0), x_place.index));
  ++check.files;
  if (const auto names = x_index.all_packs())
    for (const std::string& name : *names)
      if (!x_disk.exists(pack_path(name)))
        check.damage.push_back(fmt::format("a pack is missing ({})", pack_path(name)));
  std::vector<std::string> dirs = {x_place.packs, x_place.live};
  if (x_place.is_shared()) dirs.push_back(x_place.shared_packs);
  for (const std::string& dir : dirs) {
    const auto entries = x_disk.list(dir);
    if (!entries) continue;
    for (const DirEntry& entry : *entries) {
      const bool is_pack = model::parse_pack_name(entry.name).has_value();
      if (!is_pack && !model::parse_journal_name(entry.name)) {
        const bool is_leftover = entry.name.find(".tmp-") != std::string::npos;
        check.notes.push_back(fmt::format(
            "{} ({}/{})",
            is_leftover ? "a leftover of an unfinished pack" : "a file that is not Cairn's", dir,
            entry.name));
        continue;
      }
      const std::string path = dir + "/" + entry.name;
      verify_frames(x_disk, path, is_pack, check);
      if (!is_pack) continue;
      auto reader = PackReader::open(x_disk, path);
      if (!reader) continue;  // reported above
      if (const auto directory = (*reader)->directory(); !directory)
        check.damage.push_back(directory.error().message());
    }
  }
  return {};
}

}  // namespace cairn::store
