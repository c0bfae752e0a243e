// Tests that docs/openapi.json names what the router answers, all of it and nothing else; that
// the answers are as it says is for tests/server.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/disk.h"
#include "base/limits.h"
#include "server/router.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

constexpr char kFile[] = CAIRN_SOURCE_DIR "/docs/openapi.json";

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// "/projects/{project}/runs" as the table writes it: "/projects/{}/runs".
std::string without_names(const std::string& path) {
  std::string out;
  bool is_name = false;
  for (const char c : path) {
    if (c == '}') is_name = false;
    if (!is_name) out += c;
    if (c == '{') is_name = true;
  }
  return out;
}

// "GET /projects/{}/runs needs read"
std::set<std::string> operations_of_the_file() {
  std::set<std::string> operations;
  const auto text = read_file(posix_disk(), kFile, kRequestBodyBytesMax);
  EXPECT_TRUE(text) << text.error().message();
  const auto spec = wire::parse_json(text.value_or("{}"));
  const model::Value* paths = spec ? spec->find("paths") : nullptr;
  if (!paths || !paths->as_object()) return operations;
  for (const auto& [path, methods] : *paths->as_object())
    for (const auto& [method, about] : *methods.as_object()) {
      const model::Value* scope = about.find("x-scope");
      operations.insert(fmt::format("{} {} needs {}", upper(method), without_names(path),
                                    scope ? scope->string_or("") : "nothing"));
    }
  return operations;
}

TEST(OpenApiTest, NamesEveryRouteWithItsScopeAndNoOther) {
  std::set<std::string> routes;
  for (const RouteLine& line : list_routes())
    routes.insert(fmt::format("{} {} needs {}", line.method, line.path, print_need(line.need)));
  EXPECT_GT(routes.size(), 40u);
  EXPECT_EQ(operations_of_the_file(), routes);
}

}  // namespace
}  // namespace cairn::server
