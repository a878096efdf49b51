extension Session {
    /// How to run a model.
    public struct Options: Sendable, Hashable {
        /// The ways to run a model.
        public enum Engine: String, Sendable, Hashable, CaseIterable {
            /// Compiled: constants folded, operators fused, memory planned, oneDNN where it helps.
            case fast
            /// Each operator's own evaluation, node by node.
            case reference
        }

        /// The way to run.
        public var engine: Engine
        /// The number of threads that one run may use.
        ///
        /// With `nil`, it takes as many as there are processors, and runs that go on at the same time take turns; a model so
        /// small that a second thread wouldn't help takes one, and waits for nobody. With a number, each run takes so many,
        /// however many others there are: 1 is right for many tasks that each run a model of their own.
        public var threads: Int?
        /// With how many bits the fast engine computes what the model has in float32.
        public var precision: Precision
        /// Where the random numbers of operators such as `RandomNormal` begin.
        ///
        /// Two runs with the same inputs and the same seed give the same outputs.
        public var seed: UInt64

        /// Creates options.
        public init(
            engine: Engine = .fast, threads: Int? = nil, seed: UInt64 = 0,
            precision: Precision = .float32
        ) {
            self.engine = engine
            self.threads = threads
            self.precision = precision
            self.seed = seed
        }
    }
}
