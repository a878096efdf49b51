/// What the same configuration means, which depends on the Keras that wrote it.
package struct KerasSemantics: Sendable, Equatable {
    /// The families of Keras whose layers compute differently.
    package enum Generation: Int, Sendable, Comparable {
        /// Keras 1.
        case keras1 = 1
        /// The package `keras` up to 2.3.
        case keras2
        /// `tf.keras`, also by the names `keras` 2.4 to 2.15 and `tf-keras`.
        case tensorFlowKeras
        /// Keras 3.
        case keras3

        package static func < (left: Generation, right: Generation) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// The family.
    package var generation: Generation
    /// The version as the file states it; empty when it states none.
    package var version: String
    /// The backend as the file states it.
    package var backend: String?

    /// Creates semantics.
    package init(generation: Generation, version: String = "", backend: String? = nil) {
        self.generation = generation
        self.version = version
        self.backend = backend
    }

    /// The semantics of the version that a file states.
    ///
    /// Files without one are of Keras 1 when they have a legacy layout.
    package init(version: String, backend: String?) {
        let numbers = KerasSemantics.numbers(version)
        let isTensorFlow = version.contains("-tf")
        let generation: Generation =
            switch (numbers.first ?? 3, numbers.dropFirst().first ?? 0) {
            case (...1, _): .keras1
            case (2, ...3) where !isTensorFlow: .keras2
            case (2, _): .tensorFlowKeras
            default: .keras3
            }
        self.init(generation: generation, version: version, backend: backend)
    }

    /// Whether convolution kernels are stored mirrored, and `same` padding is symmetric.
    package var isTheano: Bool { backend == "theano" && generation < .tensorFlowKeras }

    /// Whether the version is the given one of Keras 3 or a later one.
    ///
    /// A file of Keras 3 that states no version counts as new.
    package func isKeras3(since minor: Int) -> Bool {
        guard generation == .keras3 else { return false }
        let numbers = KerasSemantics.numbers(version)
        return numbers.count < 2 || numbers[0] > 3 || numbers[1] >= minor
    }

    /// Whether the version is the given one of `tf.keras` 2, or a later one, or Keras 3.
    ///
    /// A file of `tf.keras` that states no version counts as new.
    package func isTensorFlowKeras(since minor: Int) -> Bool {
        guard generation == .tensorFlowKeras else { return generation == .keras3 }
        let numbers = KerasSemantics.numbers(version)
        return numbers.count < 2 || numbers[1] >= minor
    }

    /// Whether bilinear enlarging takes the corners of pixels for their centres.
    package var isBilinearAsymmetric: Bool {
        generation == .keras2 || version.contains("-tf") && version < "2.4"
    }

    private static func numbers(_ version: String) -> [Int] {
        version.split(separator: ".").prefix(3).map { part in
            Int(part.prefix { $0.isASCII && $0.isNumber }) ?? 0
        }
    }
}
