// VectorFile: the f16 rows of one embedding model, append-only and content-addressed. Paid-for data, so it is truth.
//
// Two files: NAME.f16 (a header and rows of dims · 2 bytes) and NAME.keys (per row the 16 bytes of its key, which is
// H128 of the text, and a checksum of key and row). The truth says how many rows count; what lies behind them is cut
// off when a writer opens. docs/format/vectors.md draws both. Reading is safe from any thread; one writer appends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "naru/id.h"
#include "naru/model.h"
#include "naru/result.h"
#include "runtime/random_access_file.h"
#include "runtime/files.h"
#include "store/bitmap.h"

namespace naru {

// One open view of the committed rows.
class VectorRows {
 public:
  // corrupt: the file is shorter than the truth says, or not of this model.
  static Result<std::shared_ptr<const VectorRows>> open(const std::string& folder, const std::string& name,
                                                        std::uint32_t dims, std::uint64_t rows);
  std::uint32_t dims() const { return dims_; }
  std::uint64_t rows() const { return rows_; }
  const std::uint16_t* row(std::uint64_t i) const;
  std::string_view row_bytes(std::uint64_t i) const;
  // Reads a row into memory of the caller's: a few rows from here and there, without their pages staying resident.
  Status read(std::uint64_t i, std::span<std::uint16_t> to) const;
  Id128 key(std::uint64_t i) const;
  std::string_view key_entry(std::uint64_t i) const;  // the 24 bytes of NAME.keys: key and checksum
  bool erased(std::uint64_t i) const;  // its bytes are 0: forgotten, or on the way to it
  bool intact(std::uint64_t i) const;  // key and bytes of the row have the checksum that was written with them

 private:
  VectorRows(MappedFile data, RandomAccessFile reader, MappedFile keys, std::uint32_t dims, std::uint64_t rows)
      : data_(std::move(data)), reader_(std::move(reader)), keys_(std::move(keys)), dims_(dims), rows_(rows) {}
  MappedFile data_;
  RandomAccessFile reader_;  // of the same
  MappedFile keys_;
  std::uint32_t dims_;
  std::uint64_t rows_;
};

class VectorWriter {
 public:
  // Cuts off what lies behind `committed` rows and reads their keys.
  static Result<std::unique_ptr<VectorWriter>> open(const std::string& folder, const std::string& name,
                                                    const ModelInfo& model, std::uint64_t committed);
  std::optional<std::uint64_t> find(const Id128& key) const;
  // Buffered until sync(). A key that is there already is left as it is. invalid_argument: other dims, or values that
  // are not finite in half precision.
  Status append(const Id128& key, std::span<const float> vector);
  Result<std::vector<std::vector<float>>> read(std::span<const std::uint64_t> rows) const;  // that find() gave
  Status sync();  // durable; after an error it may be tried again
  std::uint64_t rows() const { return rows_; }

 private:
  VectorWriter(std::string data_path, std::string keys_path, std::uint32_t dims, std::uint64_t rows)
      : data_path_(std::move(data_path)), keys_path_(std::move(keys_path)), dims_(dims), rows_(rows) {}
  const std::string data_path_, keys_path_;
  const std::uint32_t dims_;
  std::uint64_t rows_;
  std::string pending_data_, pending_keys_;
  std::unordered_map<Id128, std::uint64_t> by_key_;
};

// Overwrites the rows that `kept` has not: bytes and key become 0, the number of rows stays. Each of the two files is
// written beside and renamed, rows first; what lies behind `committed` goes. How many rows were there still.
Result<std::uint64_t> erase_vectors(const std::string& folder, const std::string& name, std::uint32_t dims,
                                    std::uint64_t committed, const Bitmap& kept);

// The first `rows` rows, into another folder. corrupt: there are fewer.
Status copy_vectors(const std::string& folder, const std::string& name, std::uint32_t dims, std::uint64_t rows,
                    const std::string& to);

// The name under which a model's files lie: its fingerprint.
std::string vector_file_name(const ModelInfo& model);

}  // namespace naru
