"""Tables, trees and the exports of other products: whatever holds a FAQ as records."""
