import HingeGraph

/// An operator of classical machine learning, of the domain `ai.onnx.ml`.
public protocol MachineLearningOperator: PreparedOperator {}

public extension MachineLearningOperator {
    static var domain: String { "ai.onnx.ml" }
}

/// Rows of features, as the operators of `ai.onnx.ml` take them: `[N, F]`, or `[F]` for one row.
///
/// N is the number of rows, F that of features.
struct FeatureRows {
    let rows: Int
    let columns: Int

    /// - Throws: ``HingeError`` when the shape is another.
    init(_ shape: [Int]) throws {
        switch shape.count {
        case 1: (rows, columns) = (1, shape[0])
        case 2: (rows, columns) = (shape[0], shape[1])
        default:
            throw HingeError(
                .mismatch, "expected rows of features, [N, F] or [F], found \(shape)")
        }
    }

    /// Rows of a given number of features.
    ///
    /// - Throws: ``HingeError`` when the rows are of another length.
    init(_ shape: [Int], columns: Int) throws {
        try self.init(shape)
        guard self.columns == columns else {
            throw HingeError(
                .mismatch, "expected rows of \(columns) features, found \(self.columns)")
        }
    }
}

extension KnownTensor {
    /// Throws unless the elements are numbers that models of `ai.onnx.ml` take: `float32`, `float64`, `int32` or
    /// `int64`.
    func requireFeatures() throws {
        guard [.float32, .float64, .int32, .int64].contains(dataType) else {
            throw notSupported()
        }
    }
}

extension InferenceContext {
    /// N and F of input 0, rows of features: `[N, F]` or `[F]`.
    ///
    /// - Throws: ``HingeError`` when the input surely has another shape.
    func featureRows() throws -> (rows: Shape.Dimension, columns: Shape.Dimension) {
        guard let shape = shape(0) else { return (.unknown, .unknown) }
        switch shape.rank {
        case 1: return (.known(1), shape[0])
        case 2: return (shape[0], shape[1])
        default:
            throw HingeError(
                .mismatch, "expected rows of features, [N, F] or [F], found \(shape)")
        }
    }

    /// N of input 0, rows of a given number of features.
    ///
    /// - Throws: ``HingeError`` when the input surely has another shape.
    func featureRows(columns: Int) throws -> Shape.Dimension {
        let (rows, found) = try featureRows()
        if let found = found.extent {
            try require(found == columns, "expected rows of \(columns) features, found \(found)")
        }
        return rows
    }
}

extension NodeReader {
    /// A list of strings as the file holds them; `nil` for one that is absent or empty.
    func byteStrings(_ name: String) throws -> [ByteString]? {
        guard let value = node[attribute: name] else { return nil }
        guard case .strings(let strings) = value else {
            throw error(name, "expected a list of strings, found \(value.kind)")
        }
        return strings.isEmpty ? nil : strings
    }

    /// A string as the file holds it.
    func byteString(_ name: String) throws -> ByteString? {
        guard let value = node[attribute: name] else { return nil }
        guard case .string(let string) = value else {
            throw error(name, "expected a string, found \(value.kind)")
        }
        return string
    }

    /// Integers; `nil` for a list that is absent or empty.
    func integerList(_ name: String) throws -> [Int]? {
        try ints(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Numbers; `nil` for a list that is absent or empty.
    func numberList(_ name: String) throws -> [Float]? {
        try floats(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The error for a node that must have one of two attributes, and has none or both.
    func oneOf(_ first: String, _ second: String) -> HingeError {
        HingeError(.badData, "expected one of the attributes '\(first)' and '\(second)'")
    }
}

extension Attribute {
    /// An attribute of strings, as files hold them.
    static func strings(_ name: String, _ values: [ByteString]) -> Attribute {
        Attribute(name, .strings(values))
    }

    /// An attribute that is a string, as files hold it.
    static func string(_ name: String, _ value: ByteString) -> Attribute {
        Attribute(name, .string(value))
    }
}
