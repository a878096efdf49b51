internal import CVectorMath
import HingeGraph
import HingeOperators
import HingeProgram

/// How 8-bit integers stand for numbers of single precision: `(integer − zero point) · scale`, with one scale and zero point
/// for all of them.
struct Quantization: Hashable, Sendable {
    let scale: Float
    let zeroPoint: Int
    /// `uint8` or `int8`.
    let type: DataType

    /// `nil` unless the scale and the zero point, which may be absent, are one constant each.
    init?(
        scale: Program.SlotID?, zeroPoint: Program.SlotID?, _ type: DataType?,
        _ editor: ProgramEditor
    ) {
        guard let type, type == .uint8 || type == .int8, let scale = editor.constant(scale),
            scale.dataType == .float32, scale.count == 1,
            let number = try? scale.array(of: Float.self)[0], number.isNormal, number > 0
        else { return nil }
        var zero = 0
        if let zeroPoint {
            guard let tensor = editor.constant(zeroPoint), tensor.dataType == type,
                tensor.count == 1, let value = try? tensor.integers()[0]
            else { return nil }
            zero = value
        }
        self.scale = number
        self.zeroPoint = zero
        self.type = type
    }

    /// The integers that there are.
    var range: ClosedRange<Int> { type == .uint8 ? 0...255 : -128...127 }

    /// The parameters as the vector code takes them.
    var parameters: hinge_quantization {
        hinge_quantization(
            scale: scale, zero: Int32(zeroPoint), flip: type == .uint8 ? 0 : 0x80)
    }

    /// All integers there are, in the order of their bytes.
    var allIntegers: Tensor {
        get throws {
            let bytes = (0...255).map { UInt8($0) }
            return type == .uint8
                ? Tensor(bytes, shape: [256])
                : Tensor(bytes.map { Int8(bitPattern: $0) }, shape: [256])
        }
    }

    /// Whether the integers that numbers are quantized to stand for them so closely that they are quantized to the same
    /// integers again: not where their products with the scale are too large or too small for single precision.
    var isInvertible: Bool { (1e-30...1e30).contains(scale) }
}

/// An operator that only a running program has: no file names it.
protocol InternalOperator: PreparedOperator {}

extension InternalOperator {
    static var domain: String { "hinge" }

    init(_ node: NodeReader) throws {
        throw HingeError(.unsupported, "\(Self.type) stands in no file")
    }

    func spell(_ speller: inout Speller) throws {
        throw HingeError(.unsupported, "\(Self.type) stands in no file")
    }
}
