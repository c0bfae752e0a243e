// Request and Response: HTTP as plain values, the same for a socket and for a call in the process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/identity.h"

namespace cairn::server {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The other side of a connection; as it stands, another part of this process or its parent.
struct Peer {
  std::string address;       // without the port; "" when there is none
  bool is_loopback = false;  // 127.0.0.0/8, ::1, and these mapped into IPv6
  bool is_tls = false;
};

struct Request {
  std::string method = "GET";
  std::string path;  // percent-encoded, without the query
  Pairs params;      // the query, decoded
  Pairs headers;     // names in lower case
  std::string body;
  Peer peer;
  auth::Identity who;      // set by the Guard, or by whoever calls a Door in its own process
  std::string_view route;  // the pattern of its path, once a server has looked; "" for none

  const std::string* param(std::string_view name) const { return find(params, name); }
  const std::string* header(std::string_view name) const { return find(headers, name); }

 private:
  static const std::string* find(const Pairs& pairs, std::string_view name) {
    for (const auto& [key, value] : pairs)
      if (key == name) return &value;
    return nullptr;
  }
};

// A piece of a file that the session sends after the head, without taking it into memory.
struct FileSlice {
  std::string path;
  uint64_t offset = 0, bytes = 0;
};

class EventStream;

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Pairs headers;
  std::optional<FileSlice> file;        // instead of `body`
  std::shared_ptr<EventStream> events;  // instead of `body`: sent as they come (TCP only)
};

}  // namespace cairn::server
