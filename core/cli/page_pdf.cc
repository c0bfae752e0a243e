// See page_pdf.h.
#include "cli/page_pdf.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

struct Maker {
  const char* program;
  const char* format;  // of what it reads
};
constexpr std::array<Maker, 3> kMakers = {
    {{"pdflatex", "tex"}, {"tectonic", "tex"}, {"weasyprint", "html"}}};

bool is_installed(std::string_view program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    const std::string file = std::string(rest.substr(0, colon)) + "/" + std::string(program);
    if (colon > 0 && access(file.c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return false;
}

// A folder that ends with its owner.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "cairn-report-XXXXXX").string();
    if (error || !mkdtemp(path.data()))
      return fail(Code::kIo, "cannot make a folder for the page: {}", path);
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : x_path(std::exchange(other.x_path, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!x_path.empty()) fs::remove_all(x_path, ignored);
  }

  std::string file(std::string_view name) const { return x_path + "/" + std::string(name); }
  const std::string& path() const { return x_path; }

 private:
  explicit TemporaryFolder(std::string path) : x_path(std::move(path)) {}

  std::string x_path;
};

// Without a word to our own output; what it says is in `log`.
Result<bool> run(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return fail(Code::kIo, "cannot start {}", words.front());
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> words_of(const Maker& maker, const TemporaryFolder& folder,
                                  const std::string& source) {
  if (maker.program == std::string_view("pdflatex"))
    return {maker.program,      "-interaction=nonstopmode",           "-halt-on-error",
            "-no-shell-escape", "-output-directory=" + folder.path(), source};
  if (maker.program == std::string_view("tectonic"))
    return {maker.program, "--outdir", folder.path(), source};
  return {maker.program, source, folder.file("page.pdf")};
}

}  // namespace

Result<std::string> make_pdf(const PageForm& form) {
  const auto maker =
      std::ranges::find_if(kMakers, [](const Maker& one) { return is_installed(one.program); });
  if (maker == kMakers.end())
    return fail(Code::kNotFound,
                "expected pdflatex, tectonic or weasyprint for a PDF, found none: install one (apt "
                "install texlive-latex-extra, or pip install weasyprint), or print the page of "
                "-o report.html from a browser");
  TRY(const std::string text, form(maker->format));
  TRY(const TemporaryFolder folder, TemporaryFolder::make());
  const std::string source = folder.file(std::string("page.") + maker->format);
  std::ofstream(source, std::ios::binary) << text;
  const std::string log = folder.file("maker.log");
  TRY(const bool is_done, run(words_of(*maker, folder, source), log));
  std::string pdf = is_done ? read_file(folder.file("page.pdf")) : "";
  if (!pdf.empty()) return pdf;
  const std::string said = read_file(log);
  constexpr size_t kShownMax = 600;
  return fail(Code::kIo, "{} could not make the PDF: ...{}", maker->program,
              said.substr(said.size() - std::min(said.size(), kShownMax)));
}

}  // namespace cairn::cli
