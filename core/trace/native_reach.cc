// Reads the dynamic symbols that an ELF file needs from others.
#include "trace/native_reach.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/disk.h"

namespace cairn::trace {
namespace {

constexpr uint64_t kImageBytesMax = uint64_t{4} << 30;

constexpr std::array<std::string_view, 31> kOpeners = {
    "creat",      "creat64",      "fopen",          "fopen64",  "freopen", "freopen64", "fts_open",
    "ftw",        "ftw64",        "gzopen",         "gzopen64", "nftw",    "nftw64",    "open",
    "open64",     "openat",       "openat64",       "opendir",  "scandir", "execve",    "execvp",
    "execv",      "posix_spawn",  "posix_spawnp",   "fork",     "vfork",   "popen",     "syscall",
    "BZ2_bzopen", "sqlite3_open", "sqlite3_open_v2"};
// std::ifstream and std::ofstream, with and without the header's own part of them.
constexpr std::string_view kFilebufOpen = "St13basic_filebuf";
constexpr std::string_view kIfstream = "St14basic_ifstream";
constexpr std::string_view kFstream = "St13basic_fstream";

// They open their own configuration and what the kernel tells of the machine.
constexpr std::array<std::string_view, 25> kHarmless = {
    "ld-linux",    "libblas",    "libbz2",    "libc.so",     "libcrypto",
    "libdl.so",    "libexpat",   "libffi",    "libgcc_s",    "libgomp",
    "libgfortran", "liblapack",  "liblzma",   "libm.so",     "libncurses",
    "libopenblas", "libpthread", "libpython", "libquadmath", "libreadline",
    "librt.so",    "libssl",     "libstdc++", "libtinfo",    "libutil.so"};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_harmless(std::string_view path) {
  const std::string_view name = base_name(path);
  // numpy and scipy carry copies of OpenBLAS and libgfortran under names of their own.
  return name.starts_with("libz.so.1") || name.find("openblas") != std::string_view::npos ||
         std::any_of(kHarmless.begin(), kHarmless.end(),
                     [&](std::string_view known) { return name.starts_with(known); });
}

bool is_interpreter(std::string_view path) {
  const std::string_view name = base_name(path);
  return name.starts_with("python") || name.starts_with("pypy");
}

// The interpreter's own modules tell what they open, but for those of a database and of C calls.
bool is_of_interpreter(std::string_view path) {
  return path.find("/lib-dynload/") != std::string_view::npos;
}

template <typename T>
std::optional<T> read_at(std::string_view image, uint64_t at) {
  T value;
  if (at > image.size() || image.size() - at < sizeof value) return std::nullopt;
  std::memcpy(&value, image.data() + at, sizeof value);
  return value;
}

bool is_opener(std::string_view name) {
  return std::find(kOpeners.begin(), kOpeners.end(), name) != kOpeners.end() ||
         name.find(kFilebufOpen) != std::string_view::npos ||
         name.find(kIfstream) != std::string_view::npos ||
         name.find(kFstream) != std::string_view::npos;
}

// Whether a table of symbols names an opener that is defined elsewhere; true when it is damaged.
bool names_opener(std::string_view image, const Elf64_Shdr& symbols, const Elf64_Shdr& strings) {
  if (symbols.sh_entsize != sizeof(Elf64_Sym) || strings.sh_offset > image.size()) return true;
  const std::string_view names = image.substr(strings.sh_offset, strings.sh_size);
  for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.sh_size; at += sizeof(Elf64_Sym)) {
    const auto symbol = read_at<Elf64_Sym>(image, symbols.sh_offset + at);
    if (!symbol || symbol->st_name >= names.size()) return true;
    if (symbol->st_shndx != SHN_UNDEF) continue;
    const std::string_view rest = names.substr(symbol->st_name);
    if (is_opener(rest.substr(0, rest.find('\0')))) return true;
  }
  return false;
}

}  // namespace

bool calls_openers(std::string_view image) {
  const auto header = read_at<Elf64_Ehdr>(image, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_shentsize != sizeof(Elf64_Shdr))
    return true;
  const auto section = [&](uint64_t index) {
    return read_at<Elf64_Shdr>(image, header->e_shoff + index * sizeof(Elf64_Shdr));
  };
  for (uint64_t index = 0; index < header->e_shnum; ++index) {
    const auto symbols = section(index);
    if (!symbols) return true;
    if (symbols->sh_type != SHT_DYNSYM) continue;
    const auto strings = section(symbols->sh_link);
    return !strings || names_opener(image, *symbols, *strings);
  }
  return true;  // stripped of what would tell
}

std::vector<std::string> find_openers(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    if (is_interpreter(path) || is_harmless(path)) continue;
    const bool has_sqlite = path.find("sqlite") != std::string::npos;
    if (is_of_interpreter(path) && !has_sqlite) continue;
    const auto image = read_file(posix_disk(), path, kImageBytesMax);
    if (!image || calls_openers(*image)) found.emplace_back(base_name(path));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace cairn::trace
