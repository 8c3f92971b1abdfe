// Messages of this program to the connector (connector/parquet/messages.h), gathered and written to the one descriptor
// that the sandbox leaves open. One thread.
#pragma once

#include <string>
#include <string_view>

#include "connector/parquet/messages.h"
#include "naru/result.h"

namespace naru {

class MessagesOut {
 public:
  // cancelled: nobody reads any more.
  Status say(ParquetMessage kind, std::string_view payload);
  Status flush();

 private:
  static constexpr std::size_t kGatheredBytes = 256 * 1024;
  std::string gathered_;
};

}  // namespace naru
