// Tests of a whole server: how it begins where something is in its way.
#include "server/server.h"

#include <gtest/gtest.h>

#include "base/testing/fake_disk.h"
#include "server/testing/http_client.h"

namespace cairn::server {
namespace {

constexpr char kStore[] = "/store-of-the-test";

class ServerTest : public testing::Test {
 protected:
  ServerTest() { EXPECT_TRUE(disk.make_dirs(kStore)); }

  std::unique_ptr<Server> start() {
    ServerOptions options;
    options.dir = kStore;
    auto server = Server::start(disk, std::move(options));
    EXPECT_TRUE(server) << server.error().message();
    return server ? std::move(*server) : nullptr;
  }

  FakeDisk disk;
};

TEST_F(ServerTest, IsFoundByItsFolderAsLongAsItServes) {
  const auto server = start();
  ASSERT_TRUE(server);
  EXPECT_EQ(find_running_server(disk, kStore), server->url());
  EXPECT_EQ(Server::start(disk, ServerOptions{.dir = kStore}).error().code(), Code::kConflict);
  EXPECT_TRUE(server->stop());
  EXPECT_EQ(find_running_server(disk, kStore), "");
}

TEST_F(ServerTest, AFullDiskKeepsItFromNothingButBeingFound) {
  disk.set_free_bytes(0);
  const auto server = start();
  ASSERT_TRUE(server);
  EXPECT_EQ(HttpClient(server->port()).call("GET /health").status, 200);
  EXPECT_EQ(find_running_server(disk, kStore), "");
}

}  // namespace
}  // namespace cairn::server
