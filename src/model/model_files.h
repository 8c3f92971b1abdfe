// Where a pulled model's files lie, and the record of what was checked: for the files of this module.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "model/catalogue.h"
#include "naru/id.h"

namespace naru {

std::string model_path(const CatalogueEntry& entry, const std::string& folder);
std::string record_path(const CatalogueEntry& entry, const std::string& folder);

// `from`: the places that the bytes came from, for the person who reads the record.
Status write_record(const CatalogueEntry& entry, const std::string& folder, const std::vector<std::string>& from);

Result<Sha256> hash_file(const std::string& path, std::stop_token stop);

}  // namespace naru
