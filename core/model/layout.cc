// File names of journals and packs, printed and parsed.
#include "model/layout.h"

#include <fmt/format.h>

#include <charconv>

#include "base/id.h"

namespace cairn::model {
namespace {

constexpr std::string_view kJournalEnding = ".clog";
constexpr std::string_view kPackEnding = ".cpack";

std::optional<int> parse_positive(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

// Splits "run~rest"; both parts must be present.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view text) {
  const size_t tilde = text.find('~');
  if (tilde == std::string_view::npos || !is_safe_name(text.substr(0, tilde))) return std::nullopt;
  return std::pair(text.substr(0, tilde), text.substr(tilde + 1));
}

}  // namespace

std::string print_journal_name(const JournalName& n) {
  return fmt::format("{}~{}~{}{}", n.run, n.session, n.writer, kJournalEnding);
}

std::optional<JournalName> parse_journal_name(std::string_view file_name) {
  if (!file_name.ends_with(kJournalEnding)) return std::nullopt;
  file_name.remove_suffix(kJournalEnding.size());
  const auto run = split(file_name);
  if (!run) return std::nullopt;
  const size_t tilde = run->second.find('~');
  if (tilde == std::string_view::npos) return std::nullopt;
  const auto session = parse_positive(run->second.substr(0, tilde));
  const std::string_view writer = run->second.substr(tilde + 1);
  if (!session || !is_safe_name(writer)) return std::nullopt;
  return JournalName{std::string(run->first), *session, std::string(writer)};
}

std::string print_pack_name(const PackName& n) {
  return fmt::format("{}~{}~{}{}", n.run, n.session, n.segment, kPackEnding);
}

std::optional<PackName> parse_pack_name(std::string_view file_name) {
  if (!file_name.ends_with(kPackEnding)) return std::nullopt;
  file_name.remove_suffix(kPackEnding.size());
  const auto run = split(file_name);
  if (!run) return std::nullopt;
  const size_t tilde = run->second.find('~');
  if (tilde == std::string_view::npos) return std::nullopt;
  const auto session = parse_positive(run->second.substr(0, tilde));
  const auto segment = parse_positive(run->second.substr(tilde + 1));
  if (!session || !segment) return std::nullopt;
  return PackName{std::string(run->first), *session, *segment};
}

std::string Layout::journal(std::string_view p, const JournalName& name) const {
  return live(p) + "/" + print_journal_name(name);
}

std::string Layout::pack(std::string_view p, const PackName& name) const {
  return packs(p) + "/" + print_pack_name(name);
}

}  // namespace cairn::model
