// Fork, pseudo-terminal, pipes and signals of `cairn run`.
#include "cli/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace cairn::cli {
namespace {

constexpr std::array kForwarded = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
constexpr size_t kPieceBytes = 64 << 10;
constexpr int kDrainMs = 100;  // wait for output of processes that the command left behind
constexpr int kExitNotFound = 127, kExitNotExecutable = 126;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kForwarded) sigaddset(&set, signal);
  sigaddset(&set, SIGWINCH);
  sigaddset(&set, SIGCHLD);
  return set;
}

// A file descriptor that is closed when it goes.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : x_fd(fd) {}
  Fd(Fd&& other) noexcept : x_fd(std::exchange(other.x_fd, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(x_fd, other.x_fd);
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return x_fd; }
  bool is_open() const { return x_fd >= 0; }
  void reset() {
    if (x_fd >= 0) ::close(x_fd);
    x_fd = -1;
  }

 private:
  int x_fd = -1;
};

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "make a pipe", "pipe2");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// False when the other side is gone for good.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// The user's terminal without line editing and signals: every key goes to the command's own
// terminal.
class RawTerminal {
 public:
  void enter() {
    const bool is_ours = ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
    if (!is_ours || ::tcgetattr(STDIN_FILENO, &x_saved) != 0) return;
    termios raw = x_saved;
    ::cfmakeraw(&raw);
    x_is_raw = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
  }
  bool is_raw() const { return x_is_raw; }
  ~RawTerminal() {
    if (x_is_raw) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &x_saved);
  }

 private:
  termios x_saved{};
  bool x_is_raw = false;
};

struct Streams {
  Fd out, err;                        // what we read; the pseudo-terminal is `out`
  Fd child_in, child_out, child_err;  // what the child gets; those not open are ours
  bool has_pty = false;
};

Result<Streams> open_streams() {
  Streams streams;
  if (::isatty(STDOUT_FILENO) == 1) {
    winsize size{};
    const bool has_size = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    int master = -1, slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, has_size ? &size : nullptr) == 0) {
      ::fcntl(master, F_SETFD, FD_CLOEXEC);
      ::fcntl(slave, F_SETFD, FD_CLOEXEC);
      ::fcntl(master, F_SETFL, O_NONBLOCK);
      streams.has_pty = true;
      streams.out = Fd(master);
      streams.child_out = Fd(slave);
      if (::isatty(STDIN_FILENO) == 1) streams.child_in = Fd(::fcntl(slave, F_DUPFD_CLOEXEC, 3));
      if (::isatty(STDERR_FILENO) == 1) streams.child_err = Fd(::fcntl(slave, F_DUPFD_CLOEXEC, 3));
    }
  }
  if (!streams.has_pty) {
    TRY(Pipe pipe, make_pipe());
    streams.out = std::move(pipe.read);
    streams.child_out = std::move(pipe.write);
  }
  if (!streams.child_err.is_open()) {
    TRY(Pipe pipe, make_pipe());
    streams.err = std::move(pipe.read);
    streams.child_err = std::move(pipe.write);
  }
  return streams;
}

// What start() sends to the waiting child: "NAME=VALUE\0" ..., then one more "\0".
std::string read_order(int fd) {
  std::string order;
  char piece[4096];
  ssize_t n = 0;
  while ((n = ::read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0) order.append(piece, static_cast<size_t>(n));
  return order;
}

[[noreturn]] void become(const std::vector<std::string>& argv, const Streams& streams, int order_fd,
                         int report_fd, const sigset_t& mask) {
  const std::string order = read_order(order_fd);
  if (order.empty() || order.back() != '\0') ::_exit(kExitNotFound);  // our parent died
  for (size_t at = 0; at + 1 < order.size();) {
    const char* entry = order.data() + at;
    if (const char* equals = std::strchr(entry, '='))
      ::setenv(std::string(entry, equals).c_str(), equals + 1, 1);
    at += std::strlen(entry) + 1;
  }
  if (streams.has_pty) {
    ::setsid();
    ::ioctl(streams.child_out.get(), TIOCSCTTY, 0);
  }
  if (streams.child_in.is_open()) ::dup2(streams.child_in.get(), STDIN_FILENO);
  ::dup2(streams.child_out.get(), STDOUT_FILENO);
  ::dup2(streams.child_err.get(), STDERR_FILENO);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  const int error = errno;
  write_all(report_fd, {reinterpret_cast<const char*>(&error), sizeof error});
  ::_exit(error == ENOENT ? kExitNotFound : kExitNotExecutable);
}

ChildProcess::End read_end(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const char* name = ::sigabbrev_np(signal);
    return {128 + signal, name ? std::string("SIG") + name : "signal " + std::to_string(signal)};
  }
  return {WEXITSTATUS(status), ""};
}

}  // namespace

struct ChildProcess::State {
  std::string command;
  Streams streams;
  Fd order, report;  // to the waiting child; from it, when it cannot execute
  sigset_t mask{};   // as it was before
};

Result<ChildProcess> ChildProcess::prepare(const std::vector<std::string>& argv) {
  auto state = std::make_unique<State>();
  state->command = argv.front();
  TRY(state->streams, open_streams());
  TRY(Pipe order, make_pipe());
  TRY(Pipe report, make_pipe());
  const sigset_t watched = watched_signals();
  ::sigprocmask(SIG_BLOCK, &watched, &state->mask);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errno, "start a process", state->command);
  if (pid == 0) {
    order.write.reset();
    become(argv, state->streams, order.read.get(), report.write.get(), state->mask);
  }
  state->streams.child_in.reset();
  state->streams.child_out.reset();
  state->streams.child_err.reset();
  state->order = std::move(order.write);
  state->report = std::move(report.read);
  return ChildProcess(state.release(), pid);
}

ChildProcess::~ChildProcess() {
  if (x_state) ::sigprocmask(SIG_SETMASK, &x_state->mask, nullptr);
  delete x_state;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : x_state(std::exchange(other.x_state, nullptr)), x_pid(other.x_pid) {}

Result<void> ChildProcess::start(
    const std::vector<std::pair<std::string, std::string>>& environment) {
  std::string order;
  for (const auto& [name, value] : environment) order += name + "=" + value + '\0';
  order += '\0';
  write_all(x_state->order.get(), order);
  x_state->order.reset();
  int error = 0;
  ssize_t n = 0;
  do {
    n = ::read(x_state->report.get(), &error, sizeof error);
  } while (n < 0 && errno == EINTR);
  if (n != sizeof error) return {};  // closed by a successful exec
  ::waitpid(x_pid, nullptr, 0);
  return fail_errno(error, "run the command", x_state->command);
}

namespace {

// Everything that happens while the command runs, in one loop over poll(2).
class Attendant {
 public:
  using Console = std::function<void(int stream, std::string_view text)>;

  Attendant(pid_t pid, Streams& streams, const Console& console)
      : x_pid(pid), x_streams(streams), x_console(console) {
    const sigset_t watched = watched_signals();
    x_signals = Fd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    if (x_streams.has_pty && ::isatty(STDIN_FILENO) == 1) x_terminal.enter();
    std::signal(SIGPIPE, SIG_IGN);
  }

  ChildProcess::End attend() {
    notice_end();  // it may have ended before we watched
    while (true) {
      enum { kSignals, kOut, kErr, kIn, kCount };
      const bool can_take_keys = x_terminal.is_raw() && x_streams.out.is_open();
      const bool owes_keys = can_take_keys && !x_keys.empty();
      const short out_events = static_cast<short>(POLLIN | (owes_keys ? POLLOUT : 0));
      std::array<pollfd, kCount> wanted = {
          {{x_signals.get(), POLLIN, 0},
           {x_streams.out.get(), out_events, 0},
           {x_streams.err.get(), POLLIN, 0},
           {can_take_keys && !owes_keys ? STDIN_FILENO : -1, POLLIN, 0}}};
      if (x_has_ended && !x_streams.out.is_open() && !x_streams.err.is_open()) return x_end;
      const int ready = ::poll(wanted.data(), wanted.size(), x_has_ended ? kDrainMs : -1);
      if (x_has_ended && ready == 0) return x_end;
      if (ready <= 0) continue;
      if (wanted[kSignals].revents) take_signals();
      if (wanted[kOut].revents & POLLOUT) send_keys();
      if (wanted[kOut].revents & ~POLLOUT) copy(x_streams.out, STDOUT_FILENO, 1);
      if (wanted[kErr].revents) copy(x_streams.err, STDERR_FILENO, 2);
      if (wanted[kIn].revents) take_keys();
    }
  }

 private:
  void copy(Fd& from, int to, int stream) {
    const ssize_t n = ::read(from.get(), x_piece.data(), x_piece.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) return from.reset();  // a pseudo-terminal ends with EIO
    const std::string_view text(x_piece.data(), static_cast<size_t>(n));
    x_console(stream, text);
    // Whoever read our output has gone: the command shall see that as it would without us.
    if (!write_all(to, text)) from.reset();
  }

  void take_keys() {
    char keys[4096];
    const ssize_t n = ::read(STDIN_FILENO, keys, sizeof keys);
    if (n > 0) x_keys.assign(keys, static_cast<size_t>(n));
  }

  void send_keys() {
    const ssize_t n = ::write(x_streams.out.get(), x_keys.data(), x_keys.size());
    if (n > 0) x_keys.erase(0, static_cast<size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) x_keys.clear();
  }

  void take_signals() {
    signalfd_siginfo info{};
    while (::read(x_signals.get(), &info, sizeof info) == sizeof info) {
      const auto signal = static_cast<int>(info.ssi_signo);
      if (signal == SIGCHLD) {
        notice_end();
      } else if (signal == SIGWINCH) {
        winsize size{};
        if (x_streams.has_pty && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
          ::ioctl(x_streams.out.get(), TIOCSWINSZ, &size);
      } else if (x_streams.has_pty || info.ssi_code != SI_KERNEL) {
        ::kill(x_pid, signal);  // one that a terminal sent has reached the command already
      }
    }
  }

  void notice_end() {
    int status = 0;
    if (x_has_ended || ::waitpid(x_pid, &status, WNOHANG) != x_pid) return;
    x_has_ended = true;
    x_end = read_end(status);
  }

  pid_t x_pid;
  Streams& x_streams;
  const Console& x_console;
  Fd x_signals;
  RawTerminal x_terminal;
  std::string x_keys;  // typed, not yet taken by the command
  std::string x_piece = std::string(kPieceBytes, '\0');
  bool x_has_ended = false;
  ChildProcess::End x_end;
};

}  // namespace

ChildProcess::End ChildProcess::attend(
    const std::function<void(int stream, std::string_view text)>& console) {
  return Attendant(x_pid, x_state->streams, console).attend();
}

}  // namespace cairn::cli
