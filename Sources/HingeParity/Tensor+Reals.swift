import HingeGraph

extension DataType {
    /// Whether elements are rounded: floating-point numbers, real or complex.
    var isRounded: Bool {
        isFloatingPoint || self == .complex64 || self == .complex128
    }
}

extension Tensor {
    /// The elements as numbers, real and imaginary parts one after the other; `nil` when they are none.
    var reals: [Double]? {
        switch dataType {
        case .complex64:
            withUnsafeBytes { bytes in
                (0..<2 * count).map {
                    Double(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self))
                }
            }
        case .complex128:
            withUnsafeBytes { bytes in
                (0..<2 * count).map {
                    bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)
                }
            }
        default: try? doubles()
        }
    }

    /// The coordinates of an element, by its place among ``reals``.
    func coordinates(of index: Int) -> [Int] {
        var rest = dataType == .complex64 || dataType == .complex128 ? index / 2 : index
        var place: [Int] = []
        for extent in shape.reversed() {
            place.insert(rest % max(extent, 1), at: 0)
            rest /= max(extent, 1)
        }
        return place
    }
}
