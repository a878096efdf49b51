import HingeGraph

/// Where in an HDF5 file weights are, by their names.
///
/// A path is the name, with these exceptions:
/// - a `/` at the beginning is left out, for every path has it;
/// - an empty part, `.` and `..` get a `_` before them;
/// - more than ``depth`` parts are joined by `.` from there on;
/// - where a dataset or a group of that path is needed for another weight, `_1`, `_2` … follows.
enum HDF5WeightPaths {
    /// The most groups inside each other, and the dataset.
    static let depth = 32

    /// The paths of weights: all different, and none a group of another.
    static func paths(of names: [String]) -> [String] {
        let plain = names.map { parts($0) }
        var groups = Set<ByteString>()
        for parts in plain {
            for count in 1..<max(parts.count, 1) { groups.insert(key(parts[..<count])) }
        }
        var taken = Set<ByteString>()
        var numbers: [ByteString: Int] = [:]
        return plain.map { parts in
            let path = parts.joined(separator: "/")
            var candidate = path
            while groups.contains(ByteString(candidate)) || taken.contains(ByteString(candidate)) {
                let number = numbers[ByteString(path), default: 0] + 1
                numbers[ByteString(path)] = number
                candidate = "\(path)_\(number)"
            }
            taken.insert(ByteString(candidate))
            return candidate
        }
    }

    private static func key(_ parts: ArraySlice<String>) -> ByteString {
        ByteString(parts.joined(separator: "/"))
    }

    private static func parts(_ name: String) -> [String] {
        let slash = UInt8(ascii: "/")
        var utf8 = name.utf8[...]
        if utf8.first == slash, utf8.count > 1 { utf8 = utf8.dropFirst() }
        let parts = utf8.split(separator: slash, omittingEmptySubsequences: false).map {
            let part = String(Substring($0))
            return part.isEmpty || part == "." || part == ".." ? "_\(part)" : part
        }
        guard parts.count > depth else { return parts }
        return parts[..<(depth - 1)] + [parts[(depth - 1)...].joined(separator: ".")]
    }
}
