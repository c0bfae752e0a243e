// What a program learns from elsewhere: variables of the environment, and other machines.
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "trace/shim/shim.h"

EXPORT char* getenv(const char* name) {
  if (name != NULL) note_once(kTraceEnvironment, name);
  return NEXT(getenv)(name);
}

EXPORT char* secure_getenv(const char* name) {
  if (name != NULL) note_once(kTraceEnvironment, name);
  return NEXT(secure_getenv)(name);
}

static bool is_loopback(const struct sockaddr* to) {
  if (to->sa_family == AF_INET) {
    const struct sockaddr_in* v4 = (const struct sockaddr_in*)(const void*)to;
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127 || v4->sin_addr.s_addr == 0;
  }
  const struct in6_addr* v6 = &((const struct sockaddr_in6*)(const void*)to)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(v6) || IN6_IS_ADDR_UNSPECIFIED(v6) ||
         (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

// "local /run/x.socket", "loopback 127.0.0.1", "network 192.0.2.1".
static void note_peer(const struct sockaddr* to, socklen_t bytes) {
  if (to == NULL || bytes < sizeof(sa_family_t) || !is_tracing()) return;
  const int error = errno;
  char text[160];
  if (to->sa_family == AF_UNIX) {
    const struct sockaddr_un* local = (const struct sockaddr_un*)(const void*)to;
    const size_t room = bytes - offsetof(struct sockaddr_un, sun_path);
    memcpy(text, "local ", 6);
    const size_t name = strnlen(local->sun_path, room < 108 ? room : 108);
    memcpy(text + 6, local->sun_path, name);
    text[6 + name] = '\0';
    note_once(kTraceConnected, text);
  } else if ((to->sa_family == AF_INET && bytes >= sizeof(struct sockaddr_in)) ||
             (to->sa_family == AF_INET6 && bytes >= sizeof(struct sockaddr_in6))) {
    strcpy(text, is_loopback(to) ? "loopback " : "network ");
    const void* address = to->sa_family == AF_INET
                              ? (const void*)&((const struct sockaddr_in*)(const void*)to)->sin_addr
                              : &((const struct sockaddr_in6*)(const void*)to)->sin6_addr;
    inet_ntop(to->sa_family, address, text + strlen(text), 64);
    note_once(kTraceConnected, text);
  }
  errno = error;
}

EXPORT int connect(int fd, const struct sockaddr* to, socklen_t bytes) {
  const int answer = NEXT(connect)(fd, to, bytes);
  if (answer == 0 || errno != EFAULT) note_peer(to, bytes);
  return answer;
}

EXPORT ssize_t sendto(int fd, const void* data, size_t size, int flags, const struct sockaddr* to,
                      socklen_t bytes) {
  const ssize_t answer = NEXT(sendto)(fd, data, size, flags, to, bytes);
  if (answer >= 0) note_peer(to, bytes);
  return answer;
}

EXPORT long syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  const long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long),
             d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_seccomp) stop_tracing("a program filtered its system calls (seccomp)");
  return NEXT(syscall)(number, a, b, c, d, e, f);
}
