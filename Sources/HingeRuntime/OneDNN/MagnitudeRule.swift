#if OneDNN
    internal import COneDNN
    internal import CVectorMath
    import HingeGraph

    /// How large the elements of a primitive's results are at most, given how large those of its arguments are.
    ///
    /// A primitive of several results has one bound for all of them.
    ///
    /// oneDNN's vector code for `max` and `min` takes a NaN for the other number, and the channels that fill up its
    /// blocks stay zero only while all numbers are finite. So such primitives run on numbers that are known to be
    /// finite, and to stay so. To know it costs next to nothing: bounds go from step to step, and only where they have
    /// grown too large are an argument's elements looked at.
    struct MagnitudeRule: Sendable {
        /// How large the elements of each argument are at most.
        struct Arguments {
            fileprivate let magnitudes: UnsafeBufferPointer<Float>
            fileprivate let buffers: [BufferID]

            var count: Int { buffers.count }

            subscript(position: Int) -> Float { magnitudes[buffers[position]] }
        }

        /// A bound of what the primitive itself computes; where it isn't a number, nothing is known.
        typealias Source = @Sendable (Arguments) -> Float

        /// What is done to the result so far.
        struct Operation: Sendable {
            /// The buffer of a second operand.
            var operand: BufferID?
            /// Whether it is right for finite numbers only.
            var isForFiniteOnly = false
            /// A bound, given those of the result so far and of the second operand, if there is one.
            let bound: @Sendable (Float, Float) -> Float
        }

        let source: Source
        let arguments: [BufferID]
        var operations: [Operation] = []
        /// Whether the numbers must be finite for another reason than the operations.
        var isForFiniteOnly = false
        /// The length of the rows of argument 0, one after the other in memory, each of which needs only a finite number, and
        /// no NaN or positive infinity.
        var rowCount: Int?
        /// How much larger rounding makes the result at most; 1 where what rounds is as precise as the bounds.
        var rounding: Float = 1
        /// The largest finite number that the result may be.
        var largest = Float.infinity

        /// What is less than this is finite, and remains so through a few roundings.
        static let limit: Float = 1e38

        /// Calls `body` for each buffer that the bounds are taken from.
        func forEachBuffer(_ body: (BufferID) throws -> Void) rethrows {
            for buffer in arguments { try body(buffer) }
            for operation in operations {
                if let operand = operation.operand { try body(operand) }
            }
        }

        /// Bounds of the elements of the result, and whether the primitive gives the right ones.
        ///
        /// - Parameter magnitudes: Bounds of the elements of each buffer.
        func bound(_ magnitudes: UnsafeBufferPointer<Float>) -> (magnitude: Float, isSafe: Bool) {
            var magnitude = source(Arguments(magnitudes: magnitudes, buffers: arguments))
            if magnitude.isNaN { magnitude = .infinity }
            var isSafe = true
            for operation in operations {
                let operand = operation.operand.map { magnitudes[$0] } ?? 0
                if operation.isForFiniteOnly {
                    isSafe = isSafe && max(magnitude, operand) < Self.limit
                }
                magnitude = operation.bound(magnitude, operand)
                // Of zero times infinity nothing is known.
                if magnitude.isNaN { magnitude = .infinity }
            }
            magnitude *= rounding
            if magnitude > largest { magnitude = .infinity }
            if isForFiniteOnly {
                let arguments = arguments.allSatisfy { magnitudes[$0] < Self.limit }
                isSafe = isSafe && arguments && magnitude < Self.limit
            }
            return (magnitude, isSafe)
        }
    }

    extension MagnitudeRule {
        /// Of sums of products of elements of arguments 0 and 1, and an element of argument 2 if there is one.
        static func products(terms: Int) -> Source {
            { Float(terms) * $0[0] * $0[1] + ($0.count > 2 ? $0[2] : 0) }
        }

        /// Of one of the elements of all arguments, or a mean of some.
        static let largest: Source = { arguments in
            (0..<arguments.count).reduce(0) { max($0, arguments[$1]) }
        }

        static let unknown: Source = { _ in .infinity }
    }

    extension MagnitudeRule.Operation {
        static func function(_ function: ElementFunction) -> MagnitudeRule.Operation {
            let bound = function.bound
            return MagnitudeRule.Operation(isForFiniteOnly: function.isForFiniteOnly) { result, _ in
                bound(result)
            }
        }

        /// - Parameter buffer: The second operand.
        static func binary(
            _ function: BinaryFunction, _ buffer: BufferID
        ) -> MagnitudeRule.Operation {
            MagnitudeRule.Operation(operand: buffer, bound: function.bound)
        }

        static let unknown = MagnitudeRule.Operation { _, _ in .infinity }
    }

    /// Looks at numbers for what ``MagnitudeRule`` asks.
    enum Magnitude {
        /// The magnitude of the largest of some numbers; infinite when there is a NaN.
        static func of(_ numbers: UnsafeRawPointer, _ type: DataType, byteCount: Int) -> Float {
            switch type {
            case .bfloat16: hinge_largest_magnitude_bfloat16(numbers, byteCount / 2)
            case .float16: hinge_largest_magnitude_float16(numbers, byteCount / 2)
            default:
                hinge_largest_magnitude(
                    numbers.assumingMemoryBound(to: Float.self), byteCount / 4)
            }
        }

        /// Whether each row of numbers has a finite one, and none is a NaN or positively infinite.
        static func areRowsFinite(
            _ numbers: UnsafeRawPointer, _ type: DataType, byteCount: Int, rowCount: Int
        ) -> Bool {
            guard rowCount > 0 else { return false }
            switch type {
            case .float32:
                let numbers = numbers.assumingMemoryBound(to: Float.self)
                return stride(from: 0, to: byteCount / 4, by: rowCount).allSatisfy {
                    isRowFinite(numbers + $0, min(rowCount, byteCount / 4 - $0))
                }
            case .bfloat16:
                let numbers = numbers.assumingMemoryBound(to: UInt16.self)
                return stride(from: 0, to: byteCount / 2, by: rowCount).allSatisfy { start in
                    let row = start..<min(start + rowCount, byteCount / 2)
                    let values = row.lazy.map { Float(bitPattern: UInt32(numbers[$0]) << 16) }
                    return values.allSatisfy { $0 < .infinity }
                        && values.contains { $0 > -.infinity }
                }
            default: return false
            }
        }

        /// The same of one row, many numbers at a time.
        private static func isRowFinite(_ row: UnsafePointer<Float>, _ count: Int) -> Bool {
            typealias Group = SIMD16<Float>
            let infinity = Group(repeating: .infinity)
            var highest = Group(repeating: -.infinity)
            var isBelow = SIMDMask<SIMD16<Int32>>(repeating: true)
            var index = 0
            while index + Group.scalarCount <= count {
                let group = UnsafeRawPointer(row + index).loadUnaligned(as: Group.self)
                // Not so for a NaN either.
                isBelow .&= group .< infinity
                highest.replace(with: group, where: group .> highest)
                index += Group.scalarCount
            }
            guard all(isBelow) else { return false }
            var largest = highest.max()
            while index < count {
                guard row[index] < .infinity else { return false }
                largest = max(largest, row[index])
                index += 1
            }
            return largest > -.infinity
        }
    }
#endif
