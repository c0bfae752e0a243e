// Tests of finding a server by its port.
#include "cli/listening_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/testing/peer.h"

namespace cairn::cli {
namespace {

TEST(ListeningProcess, IsTheOneThatListens) {
  relay::Upstream server;
  EXPECT_EQ(find_listening_process(server.port()), ::getpid());
}

TEST(ListeningProcess, IsTheServerAndNotItsWorker) {
  relay::Upstream server;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t worker = ::fork();
  if (worker == 0) {
    char byte = 0;
    ::close(ends[1]);
    static_cast<void>(::read(ends[0], &byte, 1));
    ::_exit(0);
  }
  EXPECT_EQ(find_listening_process(server.port()), ::getpid());
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(worker, nullptr, 0);
}

TEST(ListeningProcess, IsNobodyWhereNobodyListens) {
  relay::Upstream server;
  server.close();
  EXPECT_EQ(find_listening_process(server.port()), std::nullopt);
}

}  // namespace
}  // namespace cairn::cli
