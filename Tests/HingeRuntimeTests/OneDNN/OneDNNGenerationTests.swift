#if OneDNN
    import Foundation
    import Testing

    @testable import HingeRuntime

    /// Which of the two generations of oneDNN runs.
    @Suite struct OneDNNGenerationTests {
        /// What `./dev onednn` has put before the system's own.
        private static let wanted = ProcessInfo.processInfo.environment["HINGE_ONEDNN"]

        @Test func libraryIsOfTheHeadersGeneration() {
            #expect(OneDNN.generations.library == OneDNN.generations.headers)
        }

        @Test(.enabled(if: wanted != nil)) func isTheOneThatIsAskedFor() {
            #expect("\(OneDNN.generations.library)" == Self.wanted)
        }
    }
#endif
