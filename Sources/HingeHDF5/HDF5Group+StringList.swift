import HingeGraph

/// Lists of strings as Keras keeps them in attributes.
///
/// An attribute of the usual kind lives in its object's header, which holds less than 64 KiB. A list that
/// is longer, counted as an array of strings all as long as the longest, is split into parts that are
/// nearly equal in number (the first ones one longer), in as few as fit: `layer_names0`, `layer_names1` …
extension HDF5Group {
    /// The greatest size of an attribute that Keras writes in one piece, in bytes.
    private static var pieceByteCount: Int { 64_512 }

    /// The list of strings kept under a name, in one attribute or in several.
    ///
    /// - Returns: `nil` when there is no such attribute, or it does not hold strings.
    package func stringList(_ name: String) -> [String]? {
        if let attribute = attribute(name) { return attribute.strings }
        guard attribute(name + "0") != nil else { return nil }
        var strings: [String] = []
        var index = 0
        while let piece = attribute("\(name)\(index)") {
            guard let more = piece.strings else { return nil }
            strings += more
            index += 1
        }
        return strings
    }

    /// Keeps a list of strings under a name, replacing the one there is.
    ///
    /// An empty list becomes an empty array of `float64`, as h5py writes it.
    ///
    /// - Throws: ``HingeError`` when a string is too long for an attribute.
    package mutating func setStringList(_ name: String, _ strings: [String]) throws {
        attributes[name] = nil
        var old = 0
        while attributes["\(name)\(old)"] != nil {
            attributes["\(name)\(old)"] = nil
            old += 1
        }
        guard !strings.isEmpty else {
            attributes[name] = HDF5Attribute(Tensor([Double](), shape: [0]))
            return
        }
        let longest = max(1, strings.map(\.utf8.count).max() ?? 1)
        let perPiece = Self.pieceByteCount / longest
        guard perPiece > 0 else {
            throw HingeError(
                .unsupported,
                "expected strings of at most \(Self.pieceByteCount) bytes, found one of \(longest)",
                at: [.attribute(name)])
        }
        let fixed = HDF5Attribute.StringForm(isUTF8: false, fixedByteCount: longest)
        let pieceCount = (strings.count + perPiece - 1) / perPiece
        guard pieceCount > 1 else {
            // Each string of its own size takes 16 bytes for a reference.
            let fits = strings.count <= Self.pieceByteCount / 16
            attributes[name] = HDF5Attribute(strings, form: fits ? .ascii : fixed)
            return
        }
        var start = 0
        for index in 0..<pieceCount {
            let count = strings.count / pieceCount + (index < strings.count % pieceCount ? 1 : 0)
            attributes["\(name)\(index)"] = HDF5Attribute(
                Array(strings[start..<start + count]), form: fixed)
            start += count
        }
    }
}
