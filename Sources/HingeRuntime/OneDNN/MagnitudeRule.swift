#if OneDNN
    internal import COneDNN
    import HingeGraph

    /// How large the elements of a primitive's result are at most, given how large those of its arguments are.
    ///
    /// oneDNN's vector code for `max` and `min` takes a NaN for the other number, and the channels that fill up its
    /// blocks stay zero only while all numbers are finite. So such primitives run on numbers that are known to be
    /// finite, and to stay so. To know it costs next to nothing: bounds go from step to step, and only where they have
    /// grown too large are an argument's elements looked at.
    struct MagnitudeRule: Sendable {
        /// What the primitive itself computes.
        enum Source: Sendable {
            /// Sums of products of elements of arguments 0 and 1, and an element of argument 2 if there is one.
            case products(terms: Int)
            /// The sum of an element of each argument.
            case sum
            /// The product of an element of each argument.
            case product
            /// One of the elements, or a mean of some.
            case largest
            /// Probabilities along an axis.
            case softmax
            /// Batch normalization of argument 0 with scale, shift, and mean.
            case normalization(epsilon: Float)
            case unknown
        }

        /// What is done to the result so far.
        enum Operation: Sendable {
            case function(ElementFunction)
            case sum(BufferID)
            case product(BufferID)
            /// The product with the elements of a buffer where it is negative.
            case slopes(BufferID)
            case unknown
        }

        let source: Source
        let arguments: [BufferID]
        var operations: [Operation] = []
        /// Whether the numbers must be finite for another reason than the operations.
        var isForFiniteOnly = false
        /// The length of the rows of argument 0, one after the other in memory, each of which needs only a finite number, and
        /// no NaN or positive infinity.
        var rowCount: Int?

        /// Whether the primitive is a softmax.
        var isSoftmax: Bool { if case .softmax = source { true } else { false } }

        /// What is less than this is finite, and remains so through a few roundings.
        static let limit: Float = 1e38

        /// The buffers that the bounds are taken from.
        var buffers: [BufferID] {
            arguments
                + operations.compactMap {
                    switch $0 {
                    case .sum(let buffer), .product(let buffer), .slopes(let buffer): buffer
                    case .function, .unknown: nil
                    }
                }
        }

        /// Bounds of the elements of the result, and whether the primitive gives the right ones.
        func bound(_ magnitudes: [Float]) -> (magnitude: Float, isSafe: Bool) {
            var magnitude = sourceBound(magnitudes)
            var isSafe = true
            for operation in operations {
                switch operation {
                case .function(let function):
                    isSafe = isSafe && (!function.isForFiniteOnly || magnitude < Self.limit)
                    magnitude = function.bound(magnitude)
                case .sum(let buffer): magnitude += magnitudes[buffer]
                case .product(let buffer): magnitude *= magnitudes[buffer]
                case .slopes(let buffer):
                    // oneDNN multiplies positive numbers by no slope, but 0, where they are negative, by it.
                    isSafe = isSafe && max(magnitude, magnitudes[buffer]) < Self.limit
                    magnitude *= max(1, magnitudes[buffer])
                case .unknown: magnitude = .infinity
                }
                // Of zero times infinity nothing is known.
                if magnitude.isNaN { magnitude = .infinity }
            }
            if isForFiniteOnly {
                let arguments = arguments.allSatisfy { magnitudes[$0] < Self.limit }
                isSafe = isSafe && arguments && magnitude < Self.limit
            }
            return (magnitude, isSafe)
        }

        private func sourceBound(_ magnitudes: [Float]) -> Float {
            func argument(_ index: Int) -> Float { magnitudes[arguments[index]] }
            let bound: Float =
                switch source {
                case .products(let terms):
                    Float(terms) * argument(0) * argument(1)
                        + (arguments.count > 2 ? argument(2) : 0)
                case .sum: arguments.reduce(0) { $0 + magnitudes[$1] }
                case .product: arguments.reduce(1) { $0 * magnitudes[$1] }
                case .largest: arguments.reduce(0) { max($0, magnitudes[$1]) }
                case .softmax: 1
                case .normalization(let epsilon):
                    argument(1) * (argument(0) + argument(3)) / epsilon.squareRoot()
                        + argument(2)
                case .unknown: .infinity
                }
            return bound.isNaN ? .infinity : bound
        }
    }

    extension ElementFunction {
        /// Whether oneDNN's form of the function may lose a NaN or an infinity, on some processor.
        var isForFiniteOnly: Bool {
            switch kind {
            case DNN_LINEAR, DNN_ABS: false
            case DNN_RELU: alpha == 0
            default: true
            }
        }

        /// Whether it gives finite numbers for all finite ones but the largest.
        var keepsFinite: Bool { kind != DNN_SQRT }

        /// How large the function's values are at most where its arguments are at most so large.
        func bound(_ magnitude: Float) -> Float {
            switch kind {
            case DNN_RELU: magnitude * max(1, abs(alpha))
            case DNN_LINEAR: magnitude * abs(alpha) + abs(beta)
            case DNN_CLIP:
                max(abs(min(max(magnitude, alpha), beta)), abs(min(max(-magnitude, alpha), beta)))
            case DNN_TANH, DNN_SIGMOID: 1
            case DNN_ABS, DNN_SWISH, DNN_GELU_ERF, DNN_GELU_TANH, DNN_HARD_SWISH: magnitude
            default: .infinity
            }
        }
    }

    /// Looks at numbers for what ``MagnitudeRule`` asks.
    enum Magnitude {
        /// The magnitude of the largest of some numbers; infinite when there is a NaN.
        static func of(_ numbers: UnsafeRawPointer, byteCount: Int) -> Float {
            let bits = numbers.assumingMemoryBound(to: Int32.self)
            // As integers, magnitudes have the same order, and a NaN comes after all.
            var largest: Int32 = 0
            for index in 0..<(byteCount / 4) { largest = max(largest, bits[index] & .max) }
            let magnitude = Float(bitPattern: UInt32(bitPattern: largest))
            return magnitude.isNaN ? .infinity : magnitude
        }

        /// Whether each row of numbers has a finite one, and none is a NaN or positively infinite.
        static func areRowsFinite(
            _ numbers: UnsafeRawPointer, byteCount: Int, rowCount: Int
        ) -> Bool {
            let numbers = numbers.assumingMemoryBound(to: Float.self)
            let count = byteCount / 4
            for start in stride(from: 0, to: count, by: max(1, rowCount)) {
                var largest = -Float.infinity
                for index in start..<min(start + rowCount, count) {
                    let number = numbers[index]
                    guard number < .infinity else { return false }
                    largest = max(largest, number)
                }
                guard largest > -.infinity else { return false }
            }
            return true
        }
    }
#endif
