/// Gives the layers of a model names that every backend of Keras takes: unique, of letters, digits, `-` and `_`, and not
/// beginning with `-` or `_`.
struct LayerNames {
    private var taken: Set<String> = []
    private var counters: [String: Int] = [:]

    /// A name that no layer has, as close to the one wanted as possible; it is taken from now on.
    mutating func take(_ wanted: String) -> String {
        let base = LayerNames.clean(wanted)
        if taken.insert(base).inserted { return base }
        var number = counters[base, default: 0]
        repeat { number += 1 } while !taken.insert("\(base)_\(number)").inserted
        counters[base] = number
        return "\(base)_\(number)"
    }

    /// A name with everything replaced that Keras, TensorFlow or PyTorch refuses: `/features/0.1/Conv` becomes
    /// `features_0_1_Conv`.
    static func clean(_ name: String) -> String {
        if isClean(name) { return name }
        var result = ""
        for scalar in name.unicodeScalars {
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar == "-" || scalar == "_")
            result.unicodeScalars.append(isPlain ? scalar : "_")
        }
        let start = result.drop { $0 == "_" || $0 == "-" }
        return start.isEmpty ? "layer" : String(start)
    }

    /// Whether nothing of a name is to be replaced.
    private static func isClean(_ name: String) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let underscore = UInt8(ascii: "_")
        guard let first = name.utf8.first, first != hyphen, first != underscore else {
            return false
        }
        return name.utf8.allSatisfy { unit in
            switch unit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), hyphen, underscore:
                true
            default: false
            }
        }
    }
}
