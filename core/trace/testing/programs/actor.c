// Does what its arguments say, one verb and its object after the other.
//
//   actor read a.txt write b.txt fork read c.txt
// Whatever goes wrong ends it with a code that says which verb it was.
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

static int read_file(const char* path) {
  char byte;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t got = read(fd, &byte, 1);
  close(fd);
  return got < 0 ? -1 : 0;
}

static int map_file(const char* path) {
  const int fd = open(path, O_RDONLY);
  void* data = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  return data == MAP_FAILED ? -1 : 0;
}

static int write_mode(const char* path, const char* mode) {
  FILE* file = fopen(path, mode);
  if (file == NULL) return -1;
  fputs("made\n", file);
  return fclose(file);
}

static int list_folder(const char* path) {
  DIR* folder = opendir(path);
  if (folder == NULL) return -1;
  while (readdir(folder) != NULL) continue;
  return closedir(folder);
}

static int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int act(int argc, char** argv);

// The rest is done by a child that leaves with _exit, or is killed.
static int in_child(int argc, char** argv, int is_killed) {
  const pid_t pid = fork();
  if (pid == 0) {
    const int code = act(argc, argv);
    if (is_killed) kill(getpid(), SIGKILL);
    _exit(code);
  }
  const int code = wait_for(pid);
  return is_killed ? (code == 128 + SIGKILL ? 0 : -1) : code;
}

static int vfork_exec(const char* program) {
  char* const argv[] = {(char*)program, NULL};
  const pid_t pid = vfork();
  if (pid == 0) {
    execve(program, argv, environ);
    _exit(99);
  }
  return wait_for(pid);
}

static int spawn_bare(const char* program) {
  char* const argv[] = {(char*)program, NULL};
  char* const none[] = {NULL};
  pid_t pid;
  if (posix_spawn(&pid, program, NULL, NULL, argv, none) != 0) return -1;
  return wait_for(pid);
}

static int same_errno(const char* path) {
  errno = 0;
  if (open(path, O_RDONLY) >= 0 || errno != ENOENT) return -1;
  struct stat found;
  errno = E2BIG;
  if (stat(".", &found) != 0 || errno != E2BIG) return -1;
  errno = 0;
  if (open((const char*)1, O_RDONLY) >= 0 || errno != EFAULT) return -1;
  errno = 0;
  return access((const char*)1, F_OK) == -1 && errno == EFAULT ? 0 : -1;
}

static int lowest_descriptor(const char* path) {
  close(0);
  const int fd = open(path, O_RDONLY);
  return fd == 0 ? 0 : -1;
}

static void* read_many(void* folder) {
  for (int i = 0; i < 500; ++i) {
    char path[256];
    snprintf(path, sizeof path, "%s/%d.txt", (const char*)folder, i);
    if (read_file(path) != 0) return folder;
  }
  return NULL;
}

static int in_threads(const char* folder) {
  pthread_t threads[8];
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], NULL, read_many, (void*)folder);
  int failed = 0;
  for (int i = 0; i < 8; ++i) {
    void* answer;
    pthread_join(threads[i], &answer);
    failed |= answer != NULL;
  }
  return failed ? -1 : 0;
}

static const char* from_handler;
static void handle(int signal) {
  (void)signal;
  read_file(from_handler);
}

static int in_handler(const char* path) {
  static char stack[16 << 10];
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  from_handler = path;
  return raise(SIGUSR1);
}

static int connect_to(const char* address) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
  inet_pton(AF_INET, address, &to.sin_addr);
  connect(fd, (const struct sockaddr*)&to, sizeof to);
  return close(fd);
}

static int by_library(const char* library) {
#ifdef ACTOR_STATIC
  (void)library;
  return -1;
#else
  return dlopen(library, RTLD_NOW | RTLD_GLOBAL) != NULL ? 0 : -1;
#endif
}

static int library_read(const char* path) {
#ifdef ACTOR_STATIC
  return read_file(path);
#else
  int (*read_it)(const char*) = (int (*)(const char*))dlsym(RTLD_DEFAULT, "read_first_byte");
  return read_it != NULL && read_it(path) >= 0 ? 0 : -1;
#endif
}

static int limited(const char* path) {
  const struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_FSIZE, &none) != 0 ? -1 : read_file(path);
}

static int do_one(const char* verb, const char* object) {
  struct stat found;
  if (strcmp(verb, "read") == 0) return read_file(object);
  if (strcmp(verb, "map") == 0) return map_file(object);
  if (strcmp(verb, "write") == 0) return write_mode(object, "w");
  if (strcmp(verb, "append") == 0) return write_mode(object, "a");
  if (strcmp(verb, "update") == 0) return write_mode(object, "r+");
  if (strcmp(verb, "list") == 0) return list_folder(object);
  if (strcmp(verb, "look") == 0) return stat(object, &found) == 0 || errno == ENOENT ? 0 : -1;
  if (strcmp(verb, "remove") == 0) return unlink(object);
  if (strcmp(verb, "make") == 0) return mkdir(object, 0777);
  if (strcmp(verb, "go") == 0) return chdir(object);
  if (strcmp(verb, "ask") == 0) return getenv(object) != NULL ? 0 : 0;
  if (strcmp(verb, "vfork") == 0) return vfork_exec(object);
  if (strcmp(verb, "spawn") == 0) return spawn_bare(object);
  if (strcmp(verb, "shell") == 0) return system(object);
  if (strcmp(verb, "errno") == 0) return same_errno(object);
  if (strcmp(verb, "lowest") == 0) return lowest_descriptor(object);
  if (strcmp(verb, "threads") == 0) return in_threads(object);
  if (strcmp(verb, "handler") == 0) return in_handler(object);
  if (strcmp(verb, "connect") == 0) return connect_to(object);
  if (strcmp(verb, "load") == 0) return by_library(object);
  if (strcmp(verb, "library") == 0) return library_read(object);
  if (strcmp(verb, "limited") == 0) return limited(object);
  if (strcmp(verb, "closeall") == 0) return closefrom(3), read_file(object);
  if (strcmp(verb, "seccomp") == 0) return prctl(PR_SET_SECCOMP, 99, 0, 0, 0) != 0 ? 0 : -1;
  return -1;
}

static int act(int argc, char** argv) {
  for (int i = 0; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "fork") == 0 || strcmp(argv[i], "killed") == 0) {
      return in_child(argc - i - 1, argv + i + 1, argv[i][0] == 'k');
    }
    if (strcmp(argv[i], "rename") == 0 && i + 2 < argc) {
      if (rename(argv[i + 1], argv[i + 2]) != 0) return 10 + i;
      ++i;
    } else if (do_one(argv[i], argv[i + 1]) != 0) {
      return 10 + i;
    }
  }
  return 0;
}

int main(int argc, char** argv) { return act(argc - 1, argv + 1); }
