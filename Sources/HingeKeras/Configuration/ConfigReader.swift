import HingeGraph

/// Reads the fields of a layer's configuration, typed.
///
/// The one place that says "expected this, found that". A null counts as an absent field.
package struct ConfigReader: Sendable {
    /// The fields.
    package let object: JSONObject
    /// What they mean.
    package let semantics: KerasSemantics
    /// The layer's class, as the file names it.
    package let className: String
    /// The layer's name.
    package let layerName: String

    /// Creates a reader.
    package init(
        _ object: JSONObject, semantics: KerasSemantics, className: String, layerName: String
    ) {
        self.object = object
        self.semantics = semantics
        self.className = className
        self.layerName = layerName
    }

    /// The value of a field, if it is there.
    package func value(_ key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// Whether the configuration has a field, null or not.
    package func has(_ key: String) -> Bool { object[key] != nil }

    /// An error about a field.
    package func error(_ key: String, _ message: String) -> HingeError {
        HingeError(.badData, message, at: [.field(key)])
    }

    /// An error about a field that asks for something Hinge does not support.
    package func unsupported(_ key: String, _ message: String) -> HingeError {
        HingeError(.unsupported, message, at: [.field(key)])
    }

    /// The value of a field that must be there.
    ///
    /// `try config.required("units", config.positive("units"))`
    package func required<Result>(_ key: String, _ value: Result?) throws -> Result {
        guard let value else { throw error(key, "expected a value, found none") }
        return value
    }

    /// A value that `convert` understands, or an error that says what was expected.
    package func read<Result>(
        _ key: String, _ expected: String, _ convert: (JSONValue) -> Result?
    ) throws -> Result? {
        guard let value = value(key) else { return nil }
        guard let result = convert(value) else {
            throw error(key, "expected \(expected), found \(value)")
        }
        return result
    }
}

// MARK: - Scalars

extension ConfigReader {
    /// A truth value with a default.
    package func bool(_ key: String, default value: Bool) throws -> Bool {
        try read(key, "true or false") { json in
            if let bool = json.bool { return bool }
            return json == .integer(0) ? false : json == .integer(1) ? true : nil
        } ?? value
    }

    /// An optional integer.
    package func int(_ key: String) throws -> Int? {
        try read(key, "an integer", \.int)
    }

    /// An optional integer greater than zero.
    package func positive(_ key: String) throws -> Int? {
        try read(key, "a positive integer") { json in
            json.int.flatMap { (1...ConfigReader.greatest).contains($0) ? $0 : nil }
        }
    }

    /// An integer greater than zero that must be there.
    package func requiredPositive(_ key: String) throws -> Int {
        try required(key, try positive(key))
    }

    /// An optional number.
    package func number(_ key: String) throws -> Double? {
        try read(key, "a number", ConfigReader.number)
    }

    /// A number with a default, in the precision that operators have.
    package func float(_ key: String, default value: Float) throws -> Float {
        try number(key).map { Float($0) } ?? value
    }

    /// An optional string.
    package func string(_ key: String) throws -> String? {
        try read(key, "a string", \.string)
    }

    /// One of a few words, with a default.
    package func word<Word: RawRepresentable & CaseIterable>(
        _ key: String, default value: Word
    ) throws -> Word where Word.RawValue == String {
        let words = Word.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return try read(key, "one of \(words)") { $0.string.flatMap { Word(rawValue: $0) } }
            ?? value
    }

    /// The greatest size of a layer that is believed: products of two of them fit an `Int`.
    static let greatest = 1 << 31

    /// A number, also where an old file wraps it as an array without dimensions.
    static func number(_ json: JSONValue) -> Double? {
        if let number = json.double { return number }
        guard json["type"] == "ndarray" || json["class_name"] == "__numpy__" else { return nil }
        return (json["value"] ?? json["config"]?["value"])?.double
    }
}

// MARK: - Lists

extension ConfigReader {
    /// Optional integers: a list, or one integer alone.
    package func ints(_ key: String) throws -> [Int]? {
        try read(key, "an integer or a list of integers", ConfigReader.ints)
    }

    /// As many positive integers as there are spatial dimensions: a list, or one integer for all.
    package func tuple(_ key: String, count: Int) throws -> [Int]? {
        let expected = count == 1 ? "a positive integer" : "\(count) positive integers"
        return try read(key, expected) { json in
            guard let values = ConfigReader.ints(json),
                values.allSatisfy({ (1...ConfigReader.greatest).contains($0) })
            else { return nil }
            if values.count == 1, json.int != nil {
                return [Int](repeating: values[0], count: count)
            }
            return values.count == count ? values : nil
        }
    }

    /// As many positive integers as there are spatial dimensions, with a default for each.
    package func tuple(_ key: String, count: Int, default value: Int) throws -> [Int] {
        try tuple(key, count: count) ?? [Int](repeating: value, count: count)
    }

    /// How much to add or remove at the beginning and the end of each spatial dimension: one
    /// integer for all, one for each dimension, or a pair for each.
    package func borders(
        _ key: String, count: Int, default value: Int
    ) throws -> [(begin: Int, end: Int)] {
        let expected =
            count == 1 ? "an integer or a pair of them" : "an integer, \(count), or \(count) pairs"
        let found: [(begin: Int, end: Int)]? = try read(key, expected) { json in
            let json = ConfigReader.untupled(json)
            func border(_ json: JSONValue) -> (begin: Int, end: Int)? {
                let json = ConfigReader.untupled(json)
                let values = ConfigReader.ints(json) ?? []
                guard values.allSatisfy({ (0...ConfigReader.greatest).contains($0) }) else {
                    return nil
                }
                if json.int != nil { return (values[0], values[0]) }
                return values.count == 2 ? (values[0], values[1]) : nil
            }
            if json.int != nil || count == 1 {
                return border(json).map { [(begin: Int, end: Int)](repeating: $0, count: count) }
            }
            guard let items = json.array, items.count == count else { return nil }
            let borders = items.compactMap(border)
            return borders.count == count ? borders : nil
        }
        return found ?? [(begin: Int, end: Int)](repeating: (value, value), count: count)
    }

    /// The integers of a list, or one alone.
    static func ints(_ json: JSONValue) -> [Int]? {
        if let value = json.int { return [value] }
        guard let items = untupled(json).array else { return nil }
        let values = items.compactMap(\.int)
        return values.count == items.count ? values : nil
    }

    /// A list, also where an old file marks it as a tuple.
    static func untupled(_ json: JSONValue) -> JSONValue {
        let isTuple = json["class_name"] == "__tuple__" || json["class_name"] == "TensorShape"
        return isTuple ? json["items"] ?? json : json
    }
}

// MARK: - What many layers have

extension ConfigReader {
    /// Where the channels stand: `channels_last` unless the configuration says otherwise.
    package func dataFormat() throws -> DataFormat {
        try word("data_format", default: .channelsLast)
    }
}

/// Where the channels stand among the dimensions of an image, a sequence or a volume.
package enum DataFormat: String, CaseIterable, Sendable {
    /// `[N, spatial…, C]`
    case channelsLast = "channels_last"
    /// `[N, C, spatial…]`
    case channelsFirst = "channels_first"
}
