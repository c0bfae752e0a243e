// The few functions of libcurl's stable binary interface that are needed, declared by hand; private
// to this room.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace cairn::http {

// Options, informations and answers by their numbers in curl/curl.h, which are for ever.
enum CurlOption : int {
  kPostFields = 10015,
  kUserAgent = 10018,
  kLowSpeedLimit = 19,
  kLowSpeedTime = 20,
  kErrorBuffer = 10010,
  kUrl = 10002,
  kProxy = 10004,
  kWriteData = 10001,
  kWriteFunction = 20011,
  kHttpHeader = 10023,
  kHeaderData = 10029,
  kHeaderFunction = 20079,
  kCustomRequest = 10036,
  kNoProgress = 43,
  kNoBody = 44,
  kProgressData = 10057,
  kProgressFunction = 20219,
  kCaInfo = 10065,
  kHttpGet = 80,
  kHttpVersion = 84,
  kNoSignal = 99,
  kAcceptEncoding = 10102,
  kPostFieldSize = 30120,
  kTotalLimitMs = 155,
  kConnectLimitMs = 156,
  kNoProxy = 10177,
  kProtocols = 181,
  kTcpKeepAlive = 213,
};
constexpr int kResponseCode = 0x200002;
constexpr long kHttp11 = 2;
constexpr long kHttpAndHttps = 3;
constexpr size_t kErrorBufferBytes = 256;

enum CurlCode : int {
  kOk = 0,
  kCouldNotResolve = 6,
  kCouldNotConnect = 7,
  kWriteError = 23,
  kTimedOut = 28,
  kTlsConnectError = 35,
  kAborted = 42,
  kBadCertificate = 60,
  kBadCaFile = 77,
};

struct CurlList;  // curl_slist

struct Libcurl {
  int (*global_init)(long) = nullptr;
  void* (*easy_init)() = nullptr;
  int (*easy_setopt)(void*, int, ...) = nullptr;
  int (*easy_perform)(void*) = nullptr;
  int (*easy_getinfo)(void*, int, ...) = nullptr;
  void (*easy_reset)(void*) = nullptr;
  void (*easy_cleanup)(void*) = nullptr;
  const char* (*easy_strerror)(int) = nullptr;
  CurlList* (*slist_append)(CurlList*, const char*) = nullptr;
  void (*slist_free_all)(CurlList*) = nullptr;

  bool is_usable() const;
};

// Loaded once for the life of the process, from any thread. Unavailable with what to install.
Result<const Libcurl*> load_libcurl();

}  // namespace cairn::http
