#include "messages_out.h"

#include "base/little_endian.h"
#include "runtime/zygote.h"

namespace naru {

Status MessagesOut::say(ParquetMessage kind, std::string_view payload) {
  if (payload.size() > kParquetMessageMax) return Error(Code::limit_exceeded, "a row is larger than 1 GiB");
  gathered_ += static_cast<char>(kind);
  put_le(gathered_, static_cast<std::uint32_t>(payload.size()));
  gathered_ += payload;
  return gathered_.size() < kGatheredBytes ? Status() : flush();
}

Status MessagesOut::flush() {
  if (!write_output(gathered_)) return Error(Code::cancelled, "nobody reads any more");
  gathered_.clear();
  return {};
}

}  // namespace naru
